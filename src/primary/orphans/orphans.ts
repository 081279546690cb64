import { constants } from "node:os";
import { showAddress, type Address } from "../../protocol/address.ts";
import { lives, signalProcess, type ProcessName } from "../../record/process-name.ts";
import type { RunRecord } from "../../record/record.ts";
import type { Log } from "../../telemetry/log.ts";
import { bind, type SocketFile, type SocketHandle } from "../sockets/bind.ts";
import { holds } from "../sockets/port-holder.ts";
import type { Clock } from "../supervisor.ts";

/** How long one that is not hung may take to give an address up. Milliseconds. */
const PATIENCE = 800;
/** From the KILL until the kernel has closed what it held. Milliseconds. */
const DYING = 1_000;
const BETWEEN_TRIES = 20;
const BETWEEN_LOOKS = 50;
/** For the end after its own deadline. Milliseconds. */
const SLACK = 1_000;

/** A former primary's record, and what of it still lives. */
export interface LeftBehind {
  readonly former: RunRecord;
  readonly left: readonly ProcessName[];
}

/** What this needs of the system. */
export interface OrphanWorld {
  readonly clock: Clock;
  readonly log: Log;
  readonly bind: typeof bind;
  readonly holds: typeof holds;
  readonly lives: (name: ProcessName) => boolean;
  readonly signal: (name: ProcessName, signal: NodeJS.Signals) => boolean;
}

export const realOrphanWorld: Pick<OrphanWorld, "bind" | "holds" | "lives" | "signal"> = {
  bind,
  holds,
  lives: (name) => lives(name),
  signal: (name, signal) => signalProcess(name, signal),
};

/**
 * Workers, and what ran beside them, of a primary of this name that was killed. They leave by themselves, or when they are told to; one that hangs cannot, and
 * is ended where it is in the way, and at last.
 */
export class Orphans {
  readonly #world: OrphanWorld;
  readonly #succeeds: boolean;
  #former: RunRecord | null = null;
  #left: readonly ProcessName[] = [];
  /** Of those, who serves until it hears from us. */
  #untold: readonly ProcessName[] = [];
  /** Null: they have not been let go. */
  #endsAt: number | null = null;
  #cancel: () => void = () => undefined;

  /** @param succeeds We take the place of their primary, and have inherited every address that they serve. */
  constructor(world: OrphanWorld, succeeds: boolean) {
    this.#world = world;
    this.#succeeds = succeeds;
  }

  /** From here on they are this primary's affair. Those that were taken before have the time of these. */
  take({ former, left }: LeftBehind): void {
    this.#cancel();
    this.#endsAt = null;
    this.#former = former;
    this.#left = [...this.left(), ...left];
    if (former.succession !== null) this.#untold = [...this.#untold, ...left];
  }

  /** Those that still live. */
  left(): readonly ProcessName[] {
    this.#left = this.#left.filter((name) => this.#world.lives(name));
    return this.#left;
  }

  /** Binds an address, also where orphans have it: as `bind` in sockets/bind.ts. */
  async bind(address: Address, file?: SocketFile): Promise<SocketHandle | number> {
    const first = await this.#world.bind(address, file);
    if (first !== -constants.errno.EADDRINUSE || this.left().length === 0 || this.#areNeeded()) return first;
    this.#tell(this.#inTheWay(address));
    const freed = await this.#retry(address, file, PATIENCE);
    if (typeof freed !== "number") return this.#say(address, freed, "given up by", []);
    const ended = this.#inTheWay(address).filter((name) => this.#world.signal(name, "SIGKILL"));
    if (ended.length === 0) return freed;
    const handle = await this.#retry(address, file, DYING);
    return typeof handle === "number" ? handle : this.#say(address, handle, "still held by", ended);
  }

  /** Others serve: those that wait for this are told to leave, and one that does not is ended when its time is over. */
  release(drainTimeout: number): void {
    if (this.#endsAt !== null || this.left().length === 0) return;
    this.#tell(this.left());
    this.#endsAt = this.#world.clock.now() + drainTimeout + SLACK;
    this.#cancel = this.#world.clock.after(drainTimeout + SLACK, () => this.end());
  }

  /** Resolves when none is left, at the latest when their time is over. */
  async gone(): Promise<void> {
    const endsAt = this.#endsAt ?? 0;
    while (this.left().length > 0 && this.#world.clock.now() < endsAt) await this.#wait(BETWEEN_LOOKS);
    this.end();
  }

  /** Ends those that are left. */
  end(): void {
    this.#cancel();
    const ended = this.left().filter((name) => this.#world.signal(name, "SIGKILL"));
    if (ended.length === 0) return;
    const text = `${this.#whose()} ran on after the drain timeout: killed ${pidsOf(ended)}`;
    this.#world.log.warn("orphans-killed", { pids: ended.map(({ pid }) => pid) }, text);
  }

  /** Nobody else serves, should this start fail; and an address that we have not inherited is not theirs: their end would not free it. */
  #areNeeded(): boolean {
    return this.#succeeds && this.#untold.length > 0;
  }

  /** The others have left by themselves; a second TERM might cut them short. */
  #tell(names: readonly ProcessName[]): void {
    const untold = this.#untold.filter((name) => names.includes(name));
    this.#untold = this.#untold.filter((name) => !names.includes(name));
    for (const name of untold) this.#world.signal(name, "SIGTERM");
  }

  async #retry(address: Address, file: SocketFile | undefined, patience: number): Promise<SocketHandle | number> {
    const { clock } = this.#world;
    const end = clock.now() + patience;
    for (;;) {
      const handle = await this.#world.bind(address, file);
      if (handle !== -constants.errno.EADDRINUSE || clock.now() >= end) return handle;
      await this.#wait(BETWEEN_TRIES);
    }
  }

  #wait(ms: number): Promise<void> {
    return new Promise((resolve) => void this.#world.clock.after(ms, resolve));
  }

  /** Where the system does not tell who holds it, all of them may. */
  #inTheWay(address: Address): readonly ProcessName[] {
    const held = this.left().map((name) => ({ name, holds: this.#world.holds(name.pid, address) }));
    const isKnown = held.every((one) => one.holds !== null);
    return held.filter((one) => !isKnown || one.holds).map(({ name }) => name);
  }

  #say(address: Address, handle: SocketHandle, how: string, ended: readonly ProcessName[]): SocketHandle {
    const where = showAddress(address);
    const killed = ended.length === 0 ? "" : `: killed ${pidsOf(ended)}`;
    const text = `${where} was ${how} ${this.#whose()}${killed}`;
    const fields = { address: where, pids: ended.map(({ pid }) => pid) };
    if (ended.length === 0) this.#world.log.info("address-freed", fields, text);
    else this.#world.log.warn("orphans-killed", fields, text);
    return handle;
  }

  #whose(): string {
    return `what the former primary (pid ${this.#former?.primary.pid}), which has died, left behind`;
  }
}

function pidsOf(names: readonly ProcessName[]): string {
  return `pid ${names.map(({ pid }) => pid).join(", ")}`;
}
