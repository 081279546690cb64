import type { ToPrimary } from "../../protocol/ipc.ts";
import { HangNarrator } from "../output/hang-narrator.ts";
import type { Primary } from "../primary.ts";
import type { Hang, Member } from "../workers/crew.ts";
import { examine, isTraced, PATIENCE } from "./examine.ts";
import { isInspected } from "./is-inspected.ts";
import { hasGrownMuch, rssOf } from "./memory.ts";
import { OpenedByUs } from "./opened-by-us.ts";
import { placeOf } from "./place.ts";
import { Watchdog } from "./watchdog.ts";

/** Workers whose event loop stands still: warned of, and in the end examined and killed. One that boots has its boot timeout, one that leaves its drain timeout. */
export class Hangs {
  readonly #primary: Primary;
  readonly #narrator: HangNarrator;
  readonly #watchdog: Watchdog;
  readonly #opened = new OpenedByUs();

  constructor(primary: Primary) {
    this.#primary = primary;
    const narrator = new HangNarrator(primary.world.log);
    const about = (id: number, tell: (member: Member) => void): void => {
      const member = primary.crew.get(id);
      if (member) tell(member);
    };
    this.#narrator = narrator;
    this.#watchdog = new Watchdog(primary.world.clock, {
      slow: (id, ms) => about(id, (member) => narrator.slow(member, ms)),
      answered: (id, ms) => about(id, (member) => narrator.answered(member, ms)),
      excused: (id) => about(id, (member) => narrator.excused(member)),
      hung: (id, ms, answers) => about(id, (member) => void this.#hung(member, ms, answers)),
    });
  }

  /** From ready on. */
  watch({ handle: { id, generation } }: Member): void {
    this.#watchdog.join(id, this.#primary.generations.get(generation).limits.hangTimeout);
  }

  /** It leaves, or is gone. */
  forget(id: number): void {
    this.#watchdog.leave(id);
    this.#opened.forget(id);
  }

  heard(member: Member, beat: Extract<ToPrimary, { type: "beat" }>): void {
    const inspector = this.#opened.heard(member.handle, beat.inspector);
    member.pulse.take({ ...beat, inspector }, this.#primary.world.clock.now());
    this.#watchdog.beat(member.handle.id, inspector, beat.figures.eventLoopLagMs);
  }

  async #hung(member: Member, ms: number, answers: AbortSignal): Promise<void> {
    const { id, pid } = member.handle;
    if (isTraced(pid)) return this.#watchdog.spare(id);
    if (await isInspected(pid, answers)) return this.#watchdog.excuse(id);
    const hang = await this.#examine(member, ms, answers);
    if (answers.aborted) return;
    // What it may yet have said comes too late.
    this.forget(id);
    member.hang = hang;
    this.#narrator.hung(member, hang);
    this.#primary.supervisor.post({ type: "hung", worker: id });
  }

  async #examine({ handle, pulse: { last } }: Member, ms: number, answers: AbortSignal): Promise<Hang> {
    // Where the user has said how the inspector opens, that may be to the world.
    const isOurs = last?.inspector === "closed";
    const found = isOurs ? await examine(handle.pid, answers, () => this.#opened.open(handle)) : NOT_OURS;
    const rssBytes = rssOf(handle.pid);
    if (typeof found !== "string") {
      const { stack, culprit, underWay } = found;
      return { ms, rssBytes, stack, where: placeOf(stack), unknown: null, culprit, underWay };
    }
    const age = last ? this.#primary.world.clock.now() - last.at : 0;
    const underWay = (last?.underWay ?? []).map((one) => ({ ...one, ms: Math.round(one.ms + age) }));
    const fills = isOurs && hasGrownMuch(last?.figures.rssBytes ?? null, rssBytes);
    return { ms, rssBytes, stack: "", where: null, unknown: fills ? FILLS : found, culprit: null, underWay };
  }
}

/** V8 takes no interrupt while it collects garbage. */
const FILLS = `no JavaScript stack within ${PATIENCE / 1000} s: it seems to collect garbage in a heap that fills`;
const NOT_OURS =
  "no JavaScript stack: the app has a use of its own for SIGUSR1 or options for the inspector, which is left alone";
