import { basename } from "node:path";
import type { Served } from "../../protocol/control.ts";
import { showRanges } from "../../telemetry/ranges.ts";
import { count, plural } from "../../telemetry/words.ts";
import type { Nginx } from "./nginx.ts";
import { decide, NOTHING_KNOWN, take, type SyncEvent, type SyncState } from "./sync-policy.ts";
import type { UpstreamFile } from "./upstream-file.ts";

export interface SyncClock {
  now(): number;
  /** Calls back once after `ms`; answers how to call it off. */
  after(ms: number, callback: () => void): () => void;
}

export interface Syncing {
  /** As it is called in what is said. */
  readonly path: string;
  readonly file: UpstreamFile;
  readonly nginx: Nginx;
  /** The whole text for these slots. */
  readonly render: (slots: readonly number[]) => string;
  /** Why a file with this text is not to be written over; null: it may be. */
  readonly objection: (text: string) => string | null;
  readonly clock: SyncClock;
  /** One line, for a person. */
  readonly say: (line: string) => void;
}

/** Keeps the file in step with what it is told is served, and nginx with the file. */
export class Sync {
  readonly #with: Syncing;
  #state: SyncState = NOTHING_KNOWN;
  #callOff: () => void = () => undefined;
  #trying: Promise<void> = Promise.resolve();
  #complaint: string | null = null;
  #ended = false;

  constructor(syncing: Syncing) {
    this.#with = syncing;
  }

  served(served: Served): void {
    this.#post({ type: "served", served });
  }

  /** What is under way comes to its end first: nginx and the file agree. */
  async end(): Promise<void> {
    this.#ended = true;
    this.#callOff();
    await this.#trying;
  }

  #post(event: SyncEvent): void {
    const { clock } = this.#with;
    this.#state = take(this.#state, event, clock.now());
    this.#callOff();
    if (this.#ended) return;
    const action = decide(this.#state, clock.now());
    if (action.type === "wait")
      this.#callOff = clock.after(action.until - clock.now(), () => this.#post({ type: "woken" }));
    if (action.type === "apply") this.#trying = this.#try(action.slots);
  }

  async #try(slots: readonly number[]): Promise<void> {
    this.#post({ type: "begun", slots });
    const { say, path } = this.#with;
    const name = basename(path);
    try {
      const outcome = await this.#apply(slots);
      say(`${name}: ${count(slots.length, "server")} (${showSlots(slots)}), ${outcome}`);
      this.#complaint = null;
      this.#post({ type: "applied" });
    } catch (error) {
      const complaint = `${name}: ${(error as Error).message}`;
      if (complaint !== this.#complaint) say(complaint);
      this.#complaint = complaint;
      this.#post({ type: "failed" });
    }
  }

  /** Answers what it took. @throws Error with what stands in the way, after which the file is as it was when nginx last read it */
  async #apply(slots: readonly number[]): Promise<string> {
    const { file, nginx, render, objection } = this.#with;
    const text = render(slots);
    const before = file.read();
    const isNew = before !== text;
    if (!isNew && !file.isUnread) return "unchanged";
    if (isNew) {
      const why = objection(before ?? "");
      if (why !== null) throw new Error(`not written: ${why}`);
      const problem = await nginx.check(text);
      if (problem !== null) throw new Error(`not written, since nginx does not take it: ${problem}`);
      replace(file, text);
    }
    const problem = await nginx.test();
    if (problem !== null) {
      file.takeBack();
      throw new Error(`taken back, since nginx does not take its configuration: ${problem}`);
    }
    const refusal = await nginx.reload();
    if (refusal !== null) throw new Error(`written, but nginx was not reloaded: ${refusal}`);
    file.settle();
    return "nginx reloaded";
  }
}

function replace(file: UpstreamFile, text: string): void {
  try {
    file.replace(text);
  } catch (error) {
    throw new Error(`not written: ${(error as Error).message}`, { cause: error });
  }
}

/** `slot 1`, `slots 1 to 3, 5`. */
function showSlots(slots: readonly number[]): string {
  return `${plural(slots.length, "slot")} ${showRanges(slots.map(String))}`;
}
