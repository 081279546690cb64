import { speaksTls } from "../../config/tls.ts";
import type { CertificateStatus } from "../../protocol/control.ts";
import type { Challenges, Tickets, TlsState } from "../../protocol/tls.ts";
import type { Crew } from "../workers/crew.ts";
import type { Generation, Generations } from "../workers/generations.ts";
import type { WorkerHandle } from "../workers/worker-handle.ts";
import type { Certificates } from "./certificates.ts";
import { Rounds, type Shared } from "./rounds.ts";
import type { TlsWorld } from "./tls-world.ts";

/** Milliseconds. Whoever gets hold of the keys reads what was said with them; a rotation costs each client one full handshake. */
const ROTATION = 12 * 3_600_000;
const NO_CHALLENGES: Challenges = { http01: {}, alpn01: {} };

/** What TLS servers of the app share: made here, given to each worker after its fork, or once it has such a server, and to all again at each change. */
export class TlsDesk {
  readonly #world: TlsWorld;
  readonly #generations: Generations;
  readonly #name: string;
  readonly #rounds: Rounds;
  /** Made when a worker is first told of them. */
  #tickets: Tickets | null = null;
  #challenges = NO_CHALLENGES;
  #serial = 1;
  #cancelRotation: () => void = () => undefined;
  #tellFollower: () => void = () => undefined;
  /** Once a generation speaks TLS. */
  #certificates: Certificates | null = null;

  /** `name`: the app's, which its sessions belong to. */
  constructor(name: string, world: TlsWorld, generations: Generations, crew: Crew) {
    this.#world = world;
    this.#generations = generations;
    this.#name = name;
    this.#rounds = new Rounds(world.clock, crew);
    this.#rotateLater();
  }

  /**
   * Reads the certificates of a generation that is to be started. Nothing that serves is touched.
   * @param before the one that runs; null: this is the first
   * @throws AppError TLS_UNREADABLE, TLS_INVALID
   */
  async prepare(generation: Generation, before: Generation | null): Promise<void> {
    if (!speaksTls(generation.resolved.config.tls)) return;
    const { Certificates } = await import("./certificates.ts");
    this.#certificates ??= new Certificates(this.#world, this.#generations, {
      share: (generations) => this.#share(generations),
      challenge: (challenges) => this.#challenge(challenges),
    });
    await this.#certificates.prepare(generation, before);
  }

  /** The generations have settled: what is to be watched and renewed is what the one that serves has. */
  settle(current: number): void {
    this.#certificates?.settle(this.#generations.get(current));
  }

  /** A worker that outlives its generation is on its way out, and opens no server any more. */
  tell(handle: Pick<WorkerHandle, "generation" | "send">): void {
    const generation = this.#generations.all().find(({ number }) => number === handle.generation);
    if (generation) handle.send({ type: "tls", state: this.stateFor(generation) });
  }

  /** For a worker of this generation. */
  stateFor({ tls }: Generation): TlsState {
    const { certificates = [], clientCa = [] } = tls ?? {};
    this.#tickets ??= newTickets(this.#name);
    return { serial: this.#serial, tickets: this.#tickets, certificates, clientCa, challenges: this.#challenges };
  }

  /** All TLS servers of a worker use the state of that serial; or, with an error, could not. */
  applied(worker: number, serial: number, error: string | null): void {
    this.#rounds.applied(worker, serial, error);
  }

  /** A worker has gone. */
  left(worker: number): void {
    this.#rounds.left(worker);
  }

  /** For whoever speaks TLS and is no worker: called after each change. */
  follow(tell: () => void): void {
    this.#tellFollower = tell;
  }

  /** In use in this generation, the default one first. */
  status(current: number): readonly CertificateStatus[] {
    return this.#certificates?.status(this.#generations.get(current)) ?? [];
  }

  /** Reads all files now, and has an authority renew what comes from one. Answers what came of it, in a sentence. @throws AppError */
  async renew(names: readonly string[]): Promise<string> {
    return (await this.#certificates?.renew(names)) ?? "nothing to renew: Drover has no certificate for this app";
  }

  close(): void {
    this.#cancelRotation();
    this.#rounds.close();
    this.#certificates?.close();
  }

  /** To all workers of these generations. */
  async #share(generations: readonly Generation[]): Promise<Shared> {
    const serial = ++this.#serial;
    const shared = await this.#rounds.share(serial, (handle) => {
      const generation = generations.find(({ number }) => number === handle.generation);
      if (generation) handle.send({ type: "tls", state: this.stateFor(generation) });
      return generation !== undefined;
    });
    this.#tellFollower();
    this.#tellMissing(shared);
    return shared;
  }

  /** They go on with what they had. */
  #tellMissing({ refused, late }: Shared): void {
    const { log } = this.#world;
    const what = "the new certificates, challenges or tickets";
    for (const { slot, error } of refused)
      log.error("tls-not-applied", { slot, error }, `worker ${slot} cannot use ${what}: ${error}`);
    for (const slot of late)
      log.warn("tls-not-applied", { slot }, `worker ${slot} is too busy to take over ${what}, and will when it can`);
  }

  async #challenge(challenges: Challenges | null): Promise<Shared> {
    this.#challenges = challenges ?? NO_CHALLENGES;
    return this.#share(this.#generations.all());
  }

  #rotateLater(): void {
    this.#cancelRotation = this.#world.clock.after(ROTATION, () => {
      this.#rotateLater();
      if (!this.#tickets) return;
      this.#tickets = newTickets(this.#name);
      void this.#share(this.#generations.all());
    });
  }
}

/** node:crypto is not imported: that takes 16 ms, and a primary without TLS never needs it. */
function newTickets(name: string): Tickets {
  const { createHash, randomBytes } = process.getBuiltinModule("node:crypto");
  const context = createHash("sha256").update(`drover ${name}`).digest("hex").slice(0, 32);
  return { keys: randomBytes(48).toString("base64"), context };
}
