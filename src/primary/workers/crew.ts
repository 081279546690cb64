import type { Verdict } from "../../policy/fleet.ts";
import type { LastCrash } from "../../protocol/crash.ts";
import type { DrainReport, ErrorReport, LastWords, ToWorker, UnderWay } from "../../protocol/ipc.ts";
import type { LastLines } from "../output/last-lines.ts";
import { Pulse } from "./pulse.ts";
import type { Launch, WorkerHandle } from "./worker-handle.ts";

/** A worker whose event loop did not turn, found out right before its kill. */
export interface Hang {
  /** How late its beat was: for so long its event loop had not turned, and up to a second more. */
  readonly ms: number;
  /** Its resident memory right before the kill; null: not known. */
  readonly rssBytes: number | null;
  /** What it was at, mapped back to the sources, without a first line that names an error; empty: that could not be told. */
  readonly stack: string;
  /** The line of the app's that hangs: `/srv/app/report.ts:12`. */
  readonly where: string | null;
  /** Why there is no stack; null: there is. */
  readonly unknown: string | null;
  /** The request whose code hangs, where that can be told. */
  readonly culprit: UnderWay | null;
  /** The oldest first; without a stack as of the last beat. */
  readonly underWay: readonly UnderWay[];
}

/** A living worker and what it has told us. */
export interface Member {
  readonly handle: WorkerHandle;
  readonly launch: Launch;
  readonly forkedAt: number;
  readonly pulse: Pulse;
  readyAt: number | null;
  framework: string | null;
  /** The error it reported before it left: of its boot, or one that nobody caught. */
  error: ErrorReport | null;
  /** What it still lacks to be ready, in its own words; null: it has not said. */
  notReady: string | null;
  /** What its end says of the next attempt in its slot. */
  verdict: Verdict;
  /** It has called `process.exit()`: whatever is sent to it is lost. */
  exiting: boolean;
  /** Null: it does not hang. */
  hang: Hang | null;
  /** Why we killed it; null: we did not. */
  killReason: string | null;
  /** What it was answering at its error or its exit, by its own word, and when on the primary's clock. */
  atEnd: (LastWords & { readonly at: number }) | null;
  /** Null: they do not come to us. */
  lines: LastLines | null;
  /** Null: it lives, or has ended as it was told to. */
  crash: LastCrash | null;
  /** What it did for its clients since it was told to leave. */
  report: DrainReport | null;
}

/** The living workers, by id. */
export class Crew {
  readonly #members = new Map<number, Member>();
  #lastId = 0;

  nextId(): number {
    return ++this.#lastId;
  }

  add(handle: WorkerHandle, launch: Launch, now: number): Member {
    const unknown = {
      readyAt: null,
      exiting: false,
      framework: null,
      error: null,
      notReady: null,
      verdict: "failed",
      hang: null,
      killReason: null,
      atEnd: null,
      lines: null,
      crash: null,
      report: null,
    } as const;
    const member: Member = { handle, launch, forkedAt: now, pulse: new Pulse(), ...unknown };
    this.#members.set(handle.id, member);
    return member;
  }

  /** To every worker. */
  tell(message: ToWorker): void {
    for (const { handle } of this.all()) handle.send(message);
  }

  remove(id: number): void {
    this.#members.delete(id);
  }

  get(id: number): Member | undefined {
    return this.#members.get(id);
  }

  /** In the order of their slots. */
  all(): readonly Member[] {
    return [...this.#members.values()].toSorted((a, b) => a.handle.slot - b.handle.slot);
  }
}
