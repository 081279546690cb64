import { usesAcme } from "../../config/tls.ts";
import type { Challenges } from "../../protocol/tls.ts";
import type { Facts } from "../../tls/facts.ts";
import type { TlsNarrator } from "../output/tls-narrator.ts";
import type { Generation } from "../workers/generations.ts";
import { obtainJob, renewalWindowJob } from "./acme-jobs.ts";
import type { Certify } from "./certify.ts";
import type { Held, RenewalStatus } from "./held.ts";
import { factsOf, ownFilesOf } from "./own-certificates.ts";
import { RenewalBook } from "./renewal-book.ts";
import { Renewals, type RenewalWork } from "./renewals.ts";
import type { TlsWorld } from "./tls-world.ts";

export interface IssuingNeeds {
  readonly certify: Certify;
  /** In use in this generation. */
  readonly held: (generation: Generation) => readonly Held[];
  /** Has workers answer these; null: nothing any more. Resolves when they do. */
  readonly challenge: (challenges: Challenges | null) => Promise<unknown>;
  /** Reads what was written. Resolves when workers use it. */
  readonly look: () => Promise<void>;
}

/** What comes from an authority, for the generation that serves: renewals.ts says when, the certifier does it, the workers prove the names. */
export class Issuing implements RenewalWork {
  readonly #needs: IssuingNeeds;
  readonly #environment: NodeJS.ProcessEnv;
  readonly #renewals: Renewals;
  #generation: Generation | null = null;

  constructor(world: TlsWorld, needs: IssuingNeeds, narrator: TlsNarrator) {
    this.#needs = needs;
    this.#environment = world.environment;
    this.#renewals = new Renewals(world, this, narrator);
  }

  follow(generation: Generation): void {
    const { tls } = generation.resolved.config;
    const own = ownFilesOf(generation, this.#environment);
    this.#generation = generation;
    const book = new RenewalBook(own?.renewals ?? "", tls.acme.directory);
    this.#renewals.follow(usesAcme(tls) ? tls.acme.domains : [], book);
  }

  statusOf(held: Held): RenewalStatus {
    return this.#renewals.statusOf(domainOf(held) ?? "");
  }

  /** Answers for which names there is another one now. @throws AppError */
  async now(names: readonly string[]): Promise<readonly string[]> {
    return await this.#renewals.now(names);
  }

  close(): void {
    this.#renewals.close();
  }

  held(domain: string): Held | undefined {
    const all = this.#generation === null ? [] : this.#needs.held(this.#generation);
    return all.find((one) => domainOf(one) === domain);
  }

  async obtain(held: Held): Promise<void> {
    const generation = this.#generation;
    const own = generation && ownFilesOf(generation, this.#environment);
    if (!own) return;
    await this.#needs.certify(await obtainJob(generation, own, held), this.#needs.challenge);
  }

  async look({ wanted }: Held): Promise<Facts | null> {
    await this.#needs.look();
    return await factsOf(wanted.source);
  }

  async askWindow(held: Held): ReturnType<RenewalWork["askWindow"]> {
    const generation = this.#generation;
    const answer =
      generation && (await this.#needs.certify(await renewalWindowJob(generation, held), NOTHING_TO_PROVE));
    return answer?.type === "renewal-window" ? answer : { window: null, retryAfterMs: DAY };
  }
}

const DAY = 86_400_000;
const NOTHING_TO_PROVE = async (): Promise<void> => undefined;

/** Null: it is none from an authority. */
function domainOf({ wanted: { source, placeholder } }: Held): string | null {
  return placeholder === null ? null : (source.names[0] ?? null);
}
