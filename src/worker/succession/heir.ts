import type { Bequest } from "../../protocol/bequest.ts";
import { lives, nameProcess, type ProcessName } from "../../record/process-name.ts";
import { readRecord, type RunRecord } from "../../record/record.ts";
import { elect, lastElected } from "../../record/succession-lock.ts";
import type { ReceivedHandle } from "../channel.ts";
import type { SocketHandle } from "../sockets/socket-handle.ts";
import { judge, type Scene } from "./judge.ts";
import { startSuccessor, type Started } from "./start-successor.ts";

/** Milliseconds. */
const BETWEEN_LOOKS = 100;
/** From one successor that has ended without leading to the next. Milliseconds. */
const BETWEEN_STARTS = 3_000;

type Seen = Pick<Scene, "alone" | "led" | "overtaken" | "primary">;

/**
 * What this worker does when its primary dies: of one in the background the workers serve on, and elect one of them, which starts a successor. That tells them
 * to leave, by TERM, when its own workers serve.
 */
export class Heir {
  readonly #slot: number;
  readonly #kept = new Map<string, SocketHandle>();
  #bequest: Bequest | null = null;
  #lost: ProcessName | null = null;
  #looks: NodeJS.Timeout | undefined;
  #started: Started | null = null;
  #nextStart = 0;

  constructor(slot: number) {
    this.#slot = slot;
  }

  inherit(bequest: Bequest): void {
    this.#bequest = bequest;
    this.#lost = readRecord(bequest.record)?.primary ?? null;
  }

  keep(key: string, handle: ReceivedHandle | undefined): void {
    this.released(key);
    if (handle) this.#kept.set(key, handle as SocketHandle);
  }

  /** Kept open it would take connections that nobody answers. */
  released(key: string): void {
    this.#kept.get(key)?.close();
    this.#kept.delete(key);
  }

  /** The primary is gone. @param leave called at once, or when nobody takes its place */
  orphaned(leave: () => void): void {
    const bequest = this.#bequest;
    if (!bequest) return leave();
    const since = performance.now();
    let [before, led] = [0, 0];
    let overtaken: boolean | undefined;
    const look = (): void => {
      const record = readRecord(bequest.record);
      const primary = leaderOf(record, this.#lost);
      const alone = performance.now() - since;
      if (primary === "another") led += alone - before;
      before = alone;
      overtaken ??= primary === "another";
      if (this.#act(bequest, record, { alone, led, overtaken, primary }) === "leave") leave();
    };
    // It keeps the process alive, as the channel did.
    this.#looks = setInterval(look, BETWEEN_LOOKS);
    look();
  }

  /** This worker leaves: another one may have to start the successor. */
  giveUp(): void {
    clearInterval(this.#looks);
    for (const key of this.#kept.keys()) this.released(key);
  }

  #act(bequest: Bequest, record: RunRecord | null, seen: Seen): "leave" | "stay" {
    const { round, elected } = record ? lastElected(bequest.record, record.primary) : { round: 0, elected: null };
    const succession = (record?.succession ?? null) !== null;
    const started = this.#started?.isRunning() === true || performance.now() < this.#nextStart;
    const step = judge({ ...seen, succession, elected: standing(elected), started });
    if (step === "leave" || !record) return "leave";
    const self = nameProcess(process.pid);
    const wins =
      step === "elect" &&
      self !== null &&
      elect(bequest.record, record.primary, round + 1, { ...self, slot: this.#slot });
    if (wins || step === "start") this.#start(bequest, record);
    return "stay";
  }

  #start(bequest: Bequest, { succession }: RunRecord): void {
    if (!succession) return;
    this.#nextStart = performance.now() + BETWEEN_STARTS;
    this.#started = startSuccessor(bequest, succession, this.#kept);
  }
}

function standing(elected: ProcessName | null): Scene["elected"] {
  if (elected === null) return "nobody";
  if (elected.pid === process.pid) return "this";
  return lives(elected) ? "another" : "gone";
}

function leaderOf(record: RunRecord | null, lost: ProcessName | null): Scene["primary"] {
  if (!record) return "no record";
  const { primary } = record;
  if (!lives(primary)) return "dead";
  return primary.pid === lost?.pid && primary.start === lost.start ? "ours" : "another";
}
