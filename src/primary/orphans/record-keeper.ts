import { isDeepStrictEqual } from "node:util";
import { lives, nameProcess, type ProcessName } from "../../record/process-name.ts";
import { readRecord, removeRecord, writeRecord, type Inheritance, type RunRecord } from "../../record/record.ts";
import { forgetElections } from "../../record/succession-lock.ts";
import type { Primary } from "../primary.ts";
import type { LeftBehind, Orphans } from "./orphans.ts";

/** Keeps on the disk what this primary has running, from its start to a deliberate stop: see record/record.ts. */
export class RecordKeeper {
  readonly #path: string;
  readonly #primary: Primary;
  readonly #orphans: Orphans;
  readonly #mayBeSucceeded: boolean;
  /** The one before is dead, and was to be succeeded: as long as we are not ready, so are we. */
  readonly #succeeds: boolean;
  readonly #self: ProcessName | null = nameProcess(process.pid);
  #stopWatching: () => void = () => undefined;
  /** The record is a successor's. */
  #rests = true;
  /** A name is asked for once: for as long as we have not heard of its end, a child's pid is nobody else's. */
  readonly #names = new Map<number, ProcessName>();
  #written: RunRecord | null = null;
  #failed = false;

  /** The name is ours: see control/claim.ts. */
  constructor(
    path: string,
    primary: Primary,
    orphans: Orphans,
    { mayBeSucceeded, succeeds }: { readonly mayBeSucceeded: boolean; readonly succeeds: boolean },
  ) {
    this.#path = path;
    this.#primary = primary;
    this.#orphans = orphans;
    this.#mayBeSucceeded = mayBeSucceeded;
    this.#succeeds = succeeds;
    this.#begin();
  }

  /** A successor writes it from here on. */
  rest(): void {
    this.#stopWatching();
    this.#rests = true;
  }

  /** A successor has died before it had the name for good: what it has left is ours to end, and nobody waits for that. */
  resume(): void {
    if (!this.#rests) return;
    const found = leftBehind(this.#path);
    if (found) this.adopt(found);
    this.#begin();
  }

  /** While others serve. */
  adopt(found: LeftBehind): void {
    this.#orphans.take(found);
    this.#orphans.release(this.#primary.supervisor.limits.drainTimeout);
    this.update();
  }

  #begin(): void {
    this.#rests = false;
    this.#written = null;
    this.#stopWatching = this.#primary.watch(() => this.update());
    this.update();
  }

  /** Written at once: whoever reads it may do so in the next moment, when we are dead. */
  update(): void {
    if (this.#self === null || this.#rests) return;
    const record = {
      primary: this.#self,
      succession: inheritanceOf(this.#primary, { mayBeSucceeded: this.#mayBeSucceeded, succeeds: this.#succeeds }),
      processes: this.#processes(),
      orphans: this.#orphans.left(),
    };
    if (isDeepStrictEqual(record, this.#written)) return;
    this.#written = record;
    try {
      writeRecord(this.#path, record);
      this.#failed = false;
    } catch (error) {
      if (!this.#failed) this.#sayUnwritten(error as Error);
      this.#failed = true;
    }
  }

  /** Before the name is given up. A record that is another's by now stays, and so does one of orphans that live on. */
  close(): void {
    if (this.#rests) return;
    this.#stopWatching();
    this.update();
    const now = readRecord(this.#path);
    if (!now || !isDeepStrictEqual(now.primary, this.#self)) return;
    if (now.processes.length + now.orphans.length > 0) return;
    removeRecord(this.#path);
    forgetElections(this.#path);
  }

  #processes(): readonly ProcessName[] {
    const pids = pidsOf(this.#primary);
    for (const pid of this.#names.keys()) if (!pids.includes(pid)) this.#names.delete(pid);
    return pids.flatMap((pid) => {
      const known = this.#names.get(pid) ?? nameProcess(pid);
      if (known) this.#names.set(pid, known);
      return known ?? [];
    });
  }

  #sayUnwritten({ message }: Error): void {
    const text = `${this.#path} cannot be written, so a start after this primary was killed does not know of its workers: ${message}`;
    this.#primary.world.log.warn("record-unwritten", { message }, text);
  }
}

function pidsOf({ crew, standIn, beside }: Primary): readonly number[] {
  const all = [...crew.all().map(({ handle }) => handle.pid), standIn?.pid ?? 0, beside?.pid ?? 0];
  return all.filter((pid) => pid > 0);
}

/**
 * Null: it was told to stop, has given the app up, or was never ready. One that comes after a dead one, however it was started, and does not get ready leaves
 * the matter to the workers that still serve: they try again.
 */
function inheritanceOf(
  primary: Primary,
  { mayBeSucceeded, succeeds }: { readonly mayBeSucceeded: boolean; readonly succeeds: boolean },
): Inheritance | null {
  const { announced, leaving, over, stopping, generations, supervisor, slots, withdrawn } = primary;
  const isMeantToStay = announced ? mayBeSucceeded && !over && !stopping : succeeds;
  if (leaving !== null || !isMeantToStay) return null;
  const { generation, size } = supervisor.fleet;
  const { name, workers: configured } = generations.get(generation).resolved.config;
  const restarts = Array.from({ length: size }, (_, index) => ({
    slot: index + 1,
    count: slots.get(index + 1).restarts,
  }));
  return {
    name,
    generation: Math.max(...generations.all().map(({ number }) => number)),
    workers: { size, configured },
    withdrawn,
    restarts: restarts.filter(({ count }) => count > 0),
  };
}

/** What a primary of this name that is dead has left; nothing while it lives. */
export function leftBehind(path: string): LeftBehind | null {
  const former = readRecord(path);
  return former && !lives(former.primary) ? { former, left: survivorsOf(former) } : null;
}

export function survivorsOf({ processes, orphans }: RunRecord): readonly ProcessName[] {
  return [...processes, ...orphans].filter((name) => lives(name));
}
