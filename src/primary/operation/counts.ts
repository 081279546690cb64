import { CRASH_REASONS, type CrashReason } from "../../protocol/crash.ts";

/** The upper bounds, in seconds, by which the length of drains is counted. */
export const DRAIN_BOUNDS: readonly number[] = [0.1, 0.5, 1, 2.5, 5, 10, 20, 30, 60];

/** How often what happened, by a word that says which. Those that are known beforehand begin at 0, so that their first shows as a rise. */
export class CountBy<Word extends string> {
  readonly #counts: Map<Word, number>;

  constructor(known: readonly Word[]) {
    this.#counts = new Map(known.map((word) => [word, 0]));
  }

  add(word: Word): void {
    this.#counts.set(word, (this.#counts.get(word) ?? 0) + 1);
  }

  all(): readonly (readonly [word: Word, count: number])[] {
    return [...this.#counts];
  }
}

/** What the primary did since its start. Nothing in it ever falls. */
export class Counts {
  /** Workers that died and were not meant to, by reason. */
  readonly restarts = new CountBy<CrashReason>(CRASH_REASONS);
  readonly recycles = new CountBy<"memory" | "requests" | "lifetime">(["memory", "requests", "lifetime"]);
  readonly reloads = new CountBy<"done" | "rolled-back" | "refused">(["done", "rolled-back", "refused"]);
  /** Workers that left: with all they had `finished`, with the rest `cut` at the deadline, or they `died` before either. */
  readonly drains = new CountBy<"finished" | "cut" | "died">(["finished", "cut", "died"]);
  /** Seconds from the order to leave to the end of the process: for each of {@link DRAIN_BOUNDS} those up to it that exceed the one before, and all above. */
  readonly drainTimes = { counts: [...DRAIN_BOUNDS.map(() => 0), 0], sum: 0 };
  /** Requests and connections that were open at the end of a drain. */
  cut = 0;

  /** @param cut null: it could not say */
  drained(cut: number | null, seconds: number): void {
    this.drains.add(cut === null ? "died" : cut > 0 ? "cut" : "finished");
    this.cut += cut ?? 0;
    const found = DRAIN_BOUNDS.findIndex((bound) => seconds <= bound);
    const index = found === -1 ? DRAIN_BOUNDS.length : found;
    this.drainTimes.counts[index] = (this.drainTimes.counts[index] ?? 0) + 1;
    this.drainTimes.sum += seconds;
  }
}
