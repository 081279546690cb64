import { AppError } from "../../errors.ts";
import type { CertificateStatus } from "../../protocol/control.ts";
import type { Challenges } from "../../protocol/tls.ts";
import { placeOf } from "../../tls/source.ts";
import { TlsNarrator } from "../output/tls-narrator.ts";
import type { Generation, Generations } from "../workers/generations.ts";
import { certifier, type Certify } from "./certify.ts";
import { FileWatch } from "./file-watch.ts";
import { statusOf, warningsOf } from "./held.ts";
import { Issuing } from "./issuing.ts";
import { makeOwn, ownFilesOf } from "./own-certificates.ts";
import { filesFor, forWorkers, readAgain, readFirst, type Change, type Reading } from "./reading.ts";
import type { Shared } from "./rounds.ts";
import type { TlsWorld } from "./tls-world.ts";

/** How workers learn of what changes; resolves when they have. */
export interface Audience {
  readonly share: (generations: readonly Generation[]) => Promise<Shared>;
  /** Null: nothing is asked any more. */
  readonly challenge: (challenges: Challenges | null) => Promise<Shared>;
}

interface Changed {
  readonly generation: Generation;
  readonly change: Change;
}

/** Certificate and key may be two files, with a moment between them: what does not fit is looked at once more. Milliseconds. */
const LOOK_AGAIN = 2_000;
/** What is refused is looked at as often: the clock, a root of the system, or what was out of reach may be right by then. */
const LOOK_HOURLY = 3_600_000;
const DAY = 86_400_000;

/** The certificates of every generation that may still be started: read with it, watched, and changed with their files. */
export class Certificates {
  readonly #world: TlsWorld;
  readonly #generations: Generations;
  readonly #audience: Audience;
  readonly #narrator: TlsNarrator;
  readonly #watch: FileWatch;
  readonly #certify: Certify;
  readonly #issuing: Issuing;
  readonly #end = new AbortController();
  readonly #read = new WeakMap<Generation, Reading>();
  /** One look at the files after another. */
  #turn: Promise<unknown> = Promise.resolve();
  #badSince: number | null = null;
  /** By the last look, whether it was sure or not. */
  #refused: string | null = null;
  #cancelLook: () => void = () => undefined;
  #cancelDaily: () => void = () => undefined;
  #current: Generation | null = null;

  constructor(world: TlsWorld, generations: Generations, audience: Audience) {
    this.#world = world;
    this.#generations = generations;
    this.#audience = audience;
    this.#narrator = new TlsNarrator(world.log, world.wallNow);
    this.#watch = new FileWatch(world.clock, () => this.#lookUnasked());
    this.#certify = certifier(world.environment, world.clock, this.#end.signal);
    const needs = {
      certify: this.#certify,
      held: (generation: Generation) => this.#held(generation),
      challenge: audience.challenge,
      look: () => this.look(),
    };
    this.#issuing = new Issuing(world, needs, this.#narrator);
  }

  /** @throws AppError TLS_UNREADABLE, TLS_INVALID */
  async prepare(generation: Generation, before: Generation | null): Promise<void> {
    // Before they are read: a change after that is not missed.
    this.#watchFiles();
    try {
      await this.#prepare(generation, (before && this.#read.get(before)) ?? null);
    } catch (error) {
      this.#watchFiles(generation);
      throw error;
    }
  }

  async #prepare(generation: Generation, before: Reading | null): Promise<void> {
    const now = this.#world.wallNow();
    const { tls } = generation.resolved.config;
    const own = ownFilesOf(generation, this.#world.environment);
    if (own) await makeOwn(tls, own, now, this.#certify, this.#narrator);
    const reading = await readFirst(tls, own, now, before);
    this.#keep(generation, reading);
    const known = new Set(before?.held.map(({ facts }) => facts.fingerprint));
    for (const held of reading.held.filter(({ facts }) => !known.has(facts.fingerprint))) {
      this.#narrator.loaded(held);
      for (const finding of warningsOf(held, now)) this.#narrator.flawed(held, finding);
      this.#narrator.expires(held);
    }
    for (const finding of reading.mixed) this.#narrator.mixed(finding);
  }

  /** The generation that serves from now on. */
  settle(current: Generation): void {
    if (this.#end.signal.aborted) return;
    this.#current = current;
    this.#watchFiles();
    this.#remindDaily();
    this.#issuing.follow(current);
  }

  status(generation: Generation): readonly CertificateStatus[] {
    const now = this.#world.wallNow();
    const { held: all = [], clientCaProblem = null } = this.#read.get(generation) ?? {};
    return all.map((held) => {
      const problem = held.problem ?? clientCaProblem;
      return statusOf({ ...held, problem }, this.#issuing.statusOf(held), now);
    });
  }

  /** @throws AppError TLS_INVALID for what is refused, and what an authority says */
  async renew(names: readonly string[]): Promise<string> {
    await this.look();
    if (this.#refused !== null)
      throw new AppError("TLS_INVALID", `refused, and what was read before serves on: ${this.#refused}`);
    const renewed = await this.#issuing.now(names);
    if (renewed.length > 0) return `renewed: ${renewed.join(", ")}`;
    return "nothing to renew: no certificate comes from an authority (tls.acme.domains); their files were read anew";
  }

  /** Reads the files anew, and has what has changed used. Resolves when workers do. */
  async look(): Promise<void> {
    const look = this.#turn.then(() => (this.#end.signal.aborted ? null : this.#look()));
    this.#turn = look.catch(() => undefined);
    // A busy worker does not keep the next look waiting.
    await (
      await look
    )?.used;
  }

  /** What nobody thought of is no reason to end. */
  #lookUnasked(): void {
    this.look().catch((error: unknown) => this.#narrator.unread(error));
  }

  close(): void {
    this.#end.abort();
    this.#issuing.close();
    this.#watch.close();
    this.#cancelLook();
    this.#cancelDaily();
  }

  async #look(): Promise<{ readonly used: Promise<void> }> {
    this.#cancelLook();
    const changed = await this.#readAll();
    if (this.#end.signal.aborted) return { used: Promise.resolve() };
    this.#refused = changed.map(({ change }) => refusalOf(change)).find((problem) => problem !== null) ?? null;
    const isBad = this.#refused !== null;
    const now = this.#world.clock.now();
    this.#badSince = isBad ? (this.#badSince ?? now) : null;
    const isSure = this.#badSince !== null && now - this.#badSince >= LOOK_AGAIN;
    if (isBad) {
      const wait = isSure ? untilRight(changed, this.#world.wallNow()) : LOOK_AGAIN;
      this.#cancelLook = this.#world.clock.after(wait, () => this.#lookUnasked());
    }
    for (const { generation, change } of changed) this.#keep(generation, isSure ? withProblems(change) : change.next);
    if (isSure) this.#sayRefused(changed);
    return { used: this.#swap(changed.filter(({ change }) => change.isDifferent)) };
  }

  async #readAll(): Promise<readonly Changed[]> {
    const changed: Changed[] = [];
    for (const generation of this.#generations.all()) {
      const reading = this.#read.get(generation);
      if (reading === undefined) continue;
      const change = await readAgain(generation.resolved.config.tls, reading, this.#world.wallNow());
      changed.push({ generation, change });
    }
    return changed;
  }

  #keep(generation: Generation, reading: Reading): void {
    this.#read.set(generation, reading);
    generation.tls = forWorkers(reading);
  }

  async #swap(changed: readonly Changed[]): Promise<void> {
    if (changed.length === 0) return;
    const shared = await this.#audience.share(changed.map(({ generation }) => generation));
    const swapped = byOrigin(changed.flatMap(({ change }) => change.swapped));
    for (const { held, warnings } of swapped) {
      this.#narrator.swapped(held, shared.workers);
      for (const finding of warnings) this.#narrator.flawed(held, finding);
    }
    if (swapped.length === 0) this.#narrator.clientCaSwapped(shared.workers);
  }

  /** Once, though two generations may have it, and though it was said before. */
  #sayRefused(changed: readonly Changed[]): void {
    for (const { held, problem, hint } of byOrigin(changed.flatMap(({ change }) => change.refused)))
      if (held.problem !== problem) this.#narrator.refused(held, problem, hint);
    const clientCa = changed.flatMap(({ change: { next, clientCaRefused } }) =>
      clientCaRefused === null || clientCaRefused.message === next.clientCaProblem ? [] : [clientCaRefused],
    );
    if (clientCa[0]) this.#narrator.clientCaRefused(clientCa[0]);
  }

  #held(generation: Generation): Reading["held"] {
    return this.#read.get(generation)?.held ?? [];
  }

  #watchFiles(except: Generation | null = null): void {
    const generations = this.#generations.all().filter((generation) => generation !== except);
    this.#watch.set(
      generations.flatMap((generation) =>
        filesFor(generation.resolved.config.tls, ownFilesOf(generation, this.#world.environment)),
      ),
    );
  }

  #remindDaily(): void {
    this.#cancelDaily();
    this.#cancelDaily = this.#world.clock.after(DAY, () => {
      if (this.#current) for (const held of this.#held(this.#current)) this.#narrator.expires(held);
      this.#remindDaily();
    });
  }
}

/** The first problem in it, in words; null: all is well. */
function refusalOf({ refused: [first], clientCaRefused }: Change): string | null {
  if (first) return `${placeOf(first.held.wanted.source)}: ${first.problem}`;
  return clientCaRefused?.message ?? null;
}

/** When to look again at what is refused. Milliseconds. @param now Milliseconds since the epoch. */
function untilRight(changed: readonly Changed[], now: number): number {
  const moments = changed.flatMap(({ change }) => change.refused.flatMap(({ rightAt }) => rightAt ?? []));
  return Math.max(LOOK_AGAIN, Math.min(LOOK_HOURLY, ...moments.map((moment) => moment - now)));
}

/** What was refused says why, until its files are well again. */
function withProblems({ next, refused, clientCaRefused }: Change): Reading {
  const problems = new Map(refused.map(({ held, problem }) => [held.wanted.source.option, problem]));
  return {
    ...next,
    clientCaProblem: clientCaRefused?.message ?? null,
    held: next.held.map((held) => ({ ...held, problem: problems.get(held.wanted.source.option) ?? null })),
  };
}

function byOrigin<T extends { readonly held: { readonly wanted: { readonly source: { readonly option: string } } } }>(
  all: readonly T[],
): readonly T[] {
  return [...new Map(all.map((one) => [one.held.wanted.source.option, one])).values()];
}
