import { constants } from "node:os";
import { addressKey, type Address, type Own } from "../../protocol/address.ts";
import type { Protocol } from "../../protocol/ipc.ts";
import { noSockets, type PassedSockets } from "../host/systemd/passed-sockets.ts";
import { bind, type SocketFile, type SocketHandle } from "./bind.ts";

/** A bound socket. The primary holds it as long as anybody may want to accept on it, and never accepts itself. */
export interface Listener {
  readonly key: string;
  /** With the port the kernel chose, where 0 was asked. */
  readonly address: Address;
  readonly handle: SocketHandle;
  /** What the app speaks there, once a worker has said so. */
  protocol: Protocol | null;
  /** It speaks TLS with certificates of its own. */
  ownTls: boolean;
  /** Workers that have the socket, and whether they listen on it: one that has it may be about to. */
  readonly users: Map<number, "granted" | "listening">;
  /** Whose it is: see {@link Address}. */
  own: Own | null | undefined;
  /** Whose it was before a reload to a generation that shares all; should it go back, it is so again. */
  formerly: Own | null | undefined;
  /** The worker of another slot that accepts on it for now. */
  coveredBy: number | null;
}

export class Listeners {
  readonly #held = new Map<string, Listener>();
  /** Binding a unix path takes a moment, and all workers ask at about the same time. */
  readonly #opening = new Map<string, Promise<Listener | number>>();
  readonly #onRelease: (key: string) => void;
  readonly #passed: PassedSockets;
  readonly #bindNew: typeof bind;
  /** Listens on sockets that somebody else holds: their queues outlive us, and whoever waits there waits for our successor. */
  readonly lasting = new Set<string>();
  /** Collecting one would close it. */
  readonly #bequeathed: SocketHandle[] = [];
  /** Of unix sockets that are bound from now on. */
  socketFile: SocketFile = { mode: null };
  #perSlot = false;

  /** `passed`: sockets that somebody else has bound; they come before any of our own. */
  constructor(onRelease: (key: string) => void, passed: PassedSockets = noSockets(), bindNew = bind) {
    this.#onRelease = onRelease;
    this.#passed = passed;
    this.#bindNew = bindNew;
  }

  /**
   * The listener for an address, bound at its first use; or the negative errno why not, which it is too where another slot of the same app has it. A failure
   * is not remembered.
   */
  async open(address: Address): Promise<Listener | number> {
    const listener = await this.#obtain(address);
    if (typeof listener === "number") return listener;
    if (isAnothers(listener, address.own)) return -constants.errno.EADDRINUSE;
    // While a generation that shares follows one that does not, what the former one still asks for is nobody's own.
    if (this.#perSlot && address.own !== undefined) listener.own = address.own;
    return listener;
  }

  /** Whether the slots of the generation that is to be started have addresses of their own. */
  divide(perSlot: boolean): void {
    if (perSlot === this.#perSlot) return;
    this.#perSlot = perSlot;
    for (const listener of this.#held.values()) {
      const { own, formerly } = listener;
      Object.assign(listener, perSlot ? { own: formerly } : { own: undefined, formerly: own });
    }
  }

  /** There is no way back to what was before {@link divide}. */
  forgetFormer(): void {
    for (const listener of this.#held.values()) listener.formerly = undefined;
  }

  async #obtain(address: Address): Promise<Listener | number> {
    const key = addressKey(address);
    const held = this.#held.get(key) ?? this.#opening.get(key);
    if (held) return held;
    const opening = this.#bind(key, address);
    this.#opening.set(key, opening);
    return opening.finally(() => this.#opening.delete(key));
  }

  async #bind(key: string, address: Address): Promise<Listener | number> {
    const passed = this.#passed.take(address);
    if (passed && this.#passed.nameOf(passed) !== null) this.lasting.add(key);
    const handle = passed ?? (await this.#bindNew(address, this.socketFile));
    if (typeof handle === "number") return handle;
    const listener = {
      key,
      address: withPort(address, handle),
      handle,
      protocol: null,
      ownTls: false,
      users: new Map(),
      own: undefined,
      formerly: undefined,
      coveredBy: null,
    };
    this.#held.set(key, listener);
    return listener;
  }

  get(key: string): Listener | undefined {
    return this.#held.get(key);
  }

  usedBy(worker: number): readonly Listener[] {
    return this.all().filter((listener) => listener.users.get(worker) === "listening");
  }

  coveredBy(worker: number): readonly Listener[] {
    return this.all().filter((listener) => listener.coveredBy === worker);
  }

  /** The listener of the same family that a worker listens on as its own; for one without a family, that very listener. */
  kinOf({ key, own }: Listener, worker: number): Listener | undefined {
    return this.usedBy(worker).find((one) => one.key === key || (own && one.own?.of === own.of));
  }

  /** The addresses a worker accepts on, as one text. */
  placeOf(worker: number): string {
    return [...this.usedBy(worker), ...this.coveredBy(worker)].map(({ key }) => key).join(" ");
  }

  /** All listeners but those of other slots, for a worker that is being forked. */
  grantAll(worker: number, slot: number): readonly Listener[] {
    const all = this.all().filter(({ own }) => !own || own.slot === slot);
    for (const listener of all) listener.users.set(worker, "granted");
    return all;
  }

  all(): readonly Listener[] {
    return [...this.#held.values()];
  }

  /** All, and what is spoken on each: where no worker of its own has said so, what its family speaks. */
  spoken(): readonly Listener[] {
    const all = this.all();
    return all.map((one) => {
      const kin = one.protocol
        ? undefined
        : all.find(({ own, protocol }) => one.own && own?.of === one.own.of && protocol);
      return kin ? { ...one, protocol: kin.protocol, ownTls: kin.ownTls } : one;
    });
  }

  /** The worker has booted: what it was given and does not use it will not use. */
  settle(worker: number): void {
    for (const { users } of this.#held.values()) if (users.get(worker) === "granted") users.delete(worker);
  }

  /**
   * The app closed its server, as a probe for a free port does. When no other worker has the socket either the address is given up:
   * our copy would keep taking connections that nobody answers.
   */
  closedBy(key: string, worker: number): void {
    const listener = this.#held.get(key);
    if (!listener) return;
    listener.users.delete(worker);
    if (listener.users.size === 0) this.release(key);
  }

  /** A worker that died did not choose to close anything: its listeners wait for its replacement. */
  forget(worker: number): void {
    for (const listener of this.#held.values()) {
      listener.users.delete(worker);
      if (listener.coveredBy === worker) listener.coveredBy = null;
    }
  }

  release(key: string): void {
    const listener = this.#held.get(key);
    if (!listener) return;
    this.#held.delete(key);
    // For a unix path of our own this removes the file too.
    if (!this.#passed.giveBack(listener.handle)) listener.handle.close();
    this.#onRelease(key);
  }

  /**
   * With every slot served, an address that nobody uses is one that only a former generation wanted. That of a slot that was scaled away is
   * covered, as long as its family lives.
   */
  unused(): readonly Listener[] {
    const alive = this.#families(({ users }) => users.size > 0);
    return this.all().filter(({ users, own }) => users.size === 0 && !(own && alive.has(own.of)));
  }

  /** What nobody serves any more when `leaving` has gone, and only `staying` are left. */
  outgrown(leaving: number, staying: readonly number[]): readonly Listener[] {
    const lives = ({ users }: Listener): boolean => staying.some((id) => users.get(id) === "listening");
    const alive = this.#families(lives);
    return this.all().filter((one) => {
      if (lives(one) || (one.own && alive.has(one.own.of))) return false;
      return one.coveredBy === leaving || this.kinOf(one, leaving) !== undefined;
    });
  }

  #families(isMeant: (listener: Listener) => boolean): ReadonlySet<string> {
    return new Set(this.all().flatMap((one) => (one.own && isMeant(one) ? [one.own.of] : [])));
  }

  closeAll(): void {
    for (const key of this.#held.keys()) this.release(key);
  }

  /**
   * Our copies go, and no file with them: a successor serves there. libuv removes the file of a unix socket that it has bound when it closes it, so that those
   * stay open as long as this process.
   */
  bequeath(): void {
    this.#passed.leads = false;
    for (const { key, address, handle } of this.all()) {
      if (address.kind === "tcp" || this.#passed.has(handle)) this.release(key);
      else this.#bequeathed.push(handle);
    }
    this.#held.clear();
  }
}

/** Of two slots of one app, or of one slot and of all. */
function isAnothers(held: Listener, own: Own | null | undefined): boolean {
  return held.own !== undefined && own !== undefined && held.own?.slot !== own?.slot;
}

function withPort(address: Address, handle: SocketHandle): Address {
  if (address.kind === "unix") return address;
  const bound: { port?: number } = {};
  handle.getsockname?.(bound);
  return { ...address, port: bound.port ?? address.port };
}
