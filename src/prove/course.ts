import { setTimeout as delay } from "node:timers/promises";
import { ask, askStatus, STATUS_LIMIT } from "../control/client.ts";
import { AppError } from "../errors.ts";
import type { Progress, Snapshot, WorkerStatus } from "../protocol/control.ts";
import type { Course, Deed } from "./account.ts";
import { newVisitor } from "./exchange.ts";
import { Load, PATIENCE } from "./load.ts";
import { parentOf } from "./parent-of.ts";
import type { Plan } from "./plan.ts";
import type { Target } from "./targets.ts";

export interface Proving {
  /** The app's control socket. */
  readonly socket: string;
  readonly plan: Plan;
  readonly targets: readonly Target[];
  /** Ends it early, with an account of what has happened so far. */
  readonly signal: AbortSignal;
  /** Milliseconds. */
  readonly now: () => number;
  readonly tell: (progress: Progress) => void;
}

// Milliseconds.
const CALM = 2_000;
const PAUSE = 500;
const LAST = 1_000;
const LOOK = 10;
/** For a killed worker's slot to be ready again. */
const RECOVERY = 60_000;
const LONGEST = 600_000;
/** When it is ended early. */
const SHORT_PATIENCE = 1_000;

/**
 * Asks the app by the clock while it is reloaded and its workers are killed, one after another, and accounts for every request.
 * @throws AppError PROVE_IMPOSSIBLE when the app does not answer that path to begin with; then nothing was done to it
 */
export async function runCourse(proving: Proving): Promise<Course> {
  await refuseUnanswered(proving);
  return await new Run(proving).toTheEnd();
}

async function refuseUnanswered({ targets, plan: { path }, now }: Proving): Promise<void> {
  for (const target of targets) {
    const visitor = newVisitor(target, path, false, now);
    const { status, cause } = await visitor.ask(PATIENCE);
    visitor.leave();
    if (status !== null && status < 500) continue;
    const got = cause === null ? String(status) : `none (${cause})`;
    const message = `expected GET ${path} of ${target.shown} to have an answer below 500 before anything is done, got ${got}`;
    throw new AppError("PROVE_IMPOSSIBLE", message, "Choose a path that answers within 10 s: --path /healthz");
  }
}

class Run {
  readonly #proving: Proving;
  readonly #signal: AbortSignal;
  readonly #load: Load;
  readonly #deeds: Deed[] = [];
  readonly #start: number;

  constructor(proving: Proving) {
    const { plan, targets, signal, now } = proving;
    this.#proving = proving;
    this.#signal = AbortSignal.any([signal, AbortSignal.timeout(LONGEST)]);
    // Each asks once a second at least: a connection that is kept longer without a request is ended by the server, perhaps just when the next one is sent.
    const count = Math.min(plan.connections, plan.rate);
    const visitors = Array.from({ length: count }, (_, index) => {
      const target = targets[Math.floor(index / 2) % targets.length] as Target;
      return newVisitor(target, plan.path, index % 2 === 0, now);
    });
    this.#start = now();
    this.#load = new Load(visitors, plan.rate, now);
  }

  async toTheEnd(): Promise<Course> {
    const { now } = this.#proving;
    let calmUntil = Infinity;
    const cutShort = await this.#doAll(() => (calmUntil = now())).then(
      () => null,
      (error: unknown) => this.#reason(error),
    );
    const abandoned = await this.#load.stop(cutShort === null ? PATIENCE : SHORT_PATIENCE);
    const { ended } = this.#load;
    return { start: this.#start, calmUntil, end: now(), ended, abandoned, deeds: this.#deeds, cutShort };
  }

  #reason(error: unknown): string {
    if (this.#proving.signal.aborted) return "interrupted";
    if (this.#signal.aborted) return `not done after ${LONGEST / 60_000} min`;
    return (error as Error).message;
  }

  async #doAll(begin: () => void): Promise<void> {
    const { plan, tell } = this.#proving;
    const { workers } = await this.#status();
    tell({ text: `${CALM / 1000} s of requests while nothing is done to the app`, workers });
    await this.#wait(CALM);
    begin();
    for (let count = 1; count <= plan.reloads; count += 1) {
      await this.#reload(`reload ${count} of ${plan.reloads}`);
      await this.#wait(PAUSE);
    }
    for (let count = 1; count <= plan.kills; count += 1) {
      await this.#kill(count, `kill ${count} of ${plan.kills}`);
      await this.#wait(PAUSE);
    }
    await this.#wait(LAST - PAUSE);
  }

  async #reload(title: string): Promise<void> {
    const { socket, now, tell } = this.#proving;
    const at = now();
    const onProgress = ({ text, workers }: Progress): void => tell({ text: `${title}: ${text}`, workers });
    const error = await ask(socket, { verb: "reload" }, { onProgress, signal: this.#signal }).then(
      () => null,
      (failure: unknown) => this.#reason(failure),
    );
    this.#deeds.push({ type: "reload", at, until: now(), error });
    if (error !== null) throw new Error(`${title}: ${error}`);
  }

  async #kill(count: number, title: string): Promise<void> {
    const { socket, now, tell } = this.#proving;
    const { slot, pid } = await this.#chooseVictim(count);
    const at = now();
    await ask(socket, { verb: "kill", pid }, { signal: this.#signal });
    let [goneAt, until]: [number, number | null] = [Infinity, null];
    try {
      // The primary is asked when it knows: a status would wait for what the dead one has to say.
      while (isThere(pid) && now() < at + RECOVERY) await this.#wait(LOOK);
      goneAt = now();
      tell({ text: `${title}: worker ${slot}, pid ${pid}`, workers: (await this.#status()).workers });
      until = await this.#readyAgain(slot, pid, at + RECOVERY);
    } finally {
      this.#deeds.push({ type: "kill", slot, pid, at, goneAt, until });
    }
    if (until === null) throw new Error(`${title}: slot ${slot} was not ready again after ${RECOVERY / 1000} s`);
  }

  /** When; null: not by `limit`. */
  async #readyAgain(slot: number, former: number, limit: number): Promise<number | null> {
    const { now } = this.#proving;
    while (now() < limit) {
      const { workers } = await this.#status();
      if (workers.some((one) => one.slot === slot && one.pid !== former && one.state === "ready")) return now();
      await this.#wait(LOOK);
    }
    return null;
  }

  /** Slot by slot. Its pid counts here only when it is the primary's child here: another container's pids are others. */
  async #chooseVictim(count: number): Promise<WorkerStatus> {
    const { workers, pid, name } = await this.#status();
    const ready = workers.filter(({ state }) => state === "ready").toSorted((a, b) => a.slot - b.slot);
    const victim = ready[(count - 1) % Math.max(1, ready.length)];
    if (victim === undefined) throw new AppError("PROVE_IMPOSSIBLE", `expected a ready worker of "${name}", got none`);
    if ((await parentOf(victim.pid)) === pid) return victim;
    const message = `expected pid ${victim.pid} to be a worker of "${name}" on this machine, got another process`;
    throw new AppError("PROVE_IMPOSSIBLE", message, "Run prove in the container that the app runs in.");
  }

  #status(): Promise<Snapshot> {
    this.#signal.throwIfAborted();
    return askStatus(this.#proving.socket, STATUS_LIMIT);
  }

  async #wait(ms: number): Promise<void> {
    await delay(ms, undefined, { signal: this.#signal });
  }
}

/** Whether the primary has not yet heard of its end. */
function isThere(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
