import { addressKey, type Address } from "../../protocol/address.ts";
import type { Protocol } from "../../protocol/ipc.ts";
import { noSockets, type PassedSockets } from "../host/systemd/passed-sockets.ts";
import { bind, type SocketHandle } from "./bind.ts";

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
}

export class Listeners {
  readonly #held = new Map<string, Listener>();
  /** Binding a unix path takes a moment, and all workers ask at about the same time. */
  readonly #opening = new Map<string, Promise<Listener | number>>();
  readonly #onRelease: (key: string) => void;
  readonly #passed: PassedSockets;
  /** Listens on sockets that somebody else holds: their queues outlive us, and whoever waits there waits for our successor. */
  readonly lasting = new Set<string>();

  /** `passed`: sockets that somebody else has bound; they come before any of our own. */
  constructor(onRelease: (key: string) => void, passed: PassedSockets = noSockets()) {
    this.#onRelease = onRelease;
    this.#passed = passed;
  }

  /** The listener for an address, bound at its first use; or the negative errno why not. A failure is not remembered. */
  async open(address: Address): Promise<Listener | number> {
    const key = addressKey(address);
    const held = this.#held.get(key) ?? this.#opening.get(key);
    if (held) return held;
    const opening = this.#bind(key, address);
    this.#opening.set(key, opening);
    return opening.finally(() => this.#opening.delete(key));
  }

  async #bind(key: string, address: Address): Promise<Listener | number> {
    const passed = this.#passed.take(address);
    if (passed) this.lasting.add(key);
    const handle = passed ?? (await bind(address));
    if (typeof handle === "number") return handle;
    const listener = {
      key,
      address: withPort(address, handle),
      handle,
      protocol: null,
      ownTls: false,
      users: new Map(),
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

  /** The addresses a worker listens on, as one text. */
  placeOf(worker: number): string {
    return this.usedBy(worker)
      .map(({ key }) => key)
      .join(" ");
  }

  /** All listeners, for a worker that is being forked. */
  grantAll(worker: number): readonly Listener[] {
    const all = this.all();
    for (const listener of all) listener.users.set(worker, "granted");
    return all;
  }

  all(): readonly Listener[] {
    return [...this.#held.values()];
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
    for (const listener of this.#held.values()) listener.users.delete(worker);
  }

  release(key: string): void {
    const listener = this.#held.get(key);
    if (!listener) return;
    this.#held.delete(key);
    // For a unix path of our own this removes the file too.
    if (!this.#passed.giveBack(listener.handle)) listener.handle.close();
    this.#onRelease(key);
  }

  /** With every slot served, an address that nobody uses is one that only a former generation wanted. */
  releaseUnused(): void {
    for (const { key, users } of this.all()) if (users.size === 0) this.release(key);
  }

  closeAll(): void {
    for (const key of this.#held.keys()) this.release(key);
  }
}

function withPort(address: Address, handle: SocketHandle): Address {
  if (address.kind === "unix") return address;
  const bound: { port?: number } = {};
  handle.getsockname?.(bound);
  return { ...address, port: bound.port ?? address.port };
}
