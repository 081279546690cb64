import { spawn, type ChildProcess } from "node:child_process";
import type { Readable } from "node:stream";
import type { SharedMemory } from "../../config/heap-size.ts";
import type { PlacedStore } from "../../placement/place-store.ts";
import { FIRST_INHERITED_FD } from "../../protocol/descriptors.ts";
import { BOOT_ENV, CMD, isOurs, type Boot, type ToPrimary, type ToWorker } from "../../protocol/ipc.ts";
import type { SocketHandle } from "../sockets/bind.ts";
import type { Listener } from "../sockets/listeners.ts";

/** What every worker of a generation is started with. */
export interface Launch {
  readonly workerFile: string;
  readonly args: readonly string[];
  readonly nodeOptions: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly uid?: number;
  readonly gid?: number;
  readonly store: PlacedStore;
  /** What the workers' heaps share; null: no limit, or the user has said how large they may be. */
  readonly memory: SharedMemory | null;
  /** Whether the worker's output comes to us for its prefix; else it goes straight to our own stdout and stderr. */
  readonly piped: boolean;
  readonly boot: Omit<Boot, "slot" | "generation" | "inherited">;
}

export interface WorkerEvents {
  readonly message: (message: ToPrimary, handle: SocketHandle | undefined) => void;
  /** A message of the app's own. */
  readonly appMessage: (message: unknown) => void;
  /** Its channel is closed and all it said was heard; this may come after its exit. */
  readonly disconnect: () => void;
  readonly exit: (exit: WorkerExit) => void;
}

export interface WorkerExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** Why it could not even be started. */
  readonly spawnError?: Error;
}

/** A worker as the primary sees it: its process, its channel, its end. The inside of it is worker/worker.ts. */
export class WorkerHandle {
  readonly id: number;
  readonly slot: number;
  readonly generation: number;
  readonly #child: ChildProcess;

  constructor(id: number, slot: number, generation: number, launch: Launch, listeners: readonly Listener[]) {
    this.id = id;
    this.slot = slot;
    this.generation = generation;
    this.#child = start(slot, generation, launch, listeners);
  }

  /** 0 when it could not be started. */
  get pid(): number {
    return this.#child.pid ?? 0;
  }

  get connected(): boolean {
    return this.#child.connected;
  }

  get stdout(): Readable | null {
    return this.#child.stdout;
  }

  get stderr(): Readable | null {
    return this.#child.stderr;
  }

  listen(events: WorkerEvents): void {
    const child = this.#child;
    child.on("internalMessage" as "message", (message: unknown, handle: unknown) => {
      if (isOurs<ToPrimary>(message)) events.message(message, handle as SocketHandle | undefined);
      else acknowledgeLeaving(child, message);
    });
    child.on("message", events.appMessage);
    let isOver = false;
    const over = (): void => {
      if (!isOver) events.disconnect();
      isOver = true;
    };
    child.once("disconnect", over);
    child.once("exit", (code, signal) => {
      events.exit({ code, signal });
      whenHeard(child, over);
    });
    child.on("error", (error) => {
      if (child.pid === undefined) events.exit({ code: null, signal: null, spawnError: error });
    });
  }

  send(message: ToWorker, handle?: SocketHandle): void {
    post(this.#child, { cmd: CMD, ...message }, handle);
  }

  sendToApp(message: unknown): void {
    post(this.#child, message);
  }

  kill(): void {
    this.#child.kill("SIGKILL");
  }
}

/** Node waits for its acknowledgement of the last handle we sent, for ever if it died before: then it never emits `disconnect`. */
function whenHeard(child: ChildProcess, tell: () => void): void {
  if (child.connected) setImmediate(whenHeard, child, tell);
  else setImmediate(tell);
}

function start(slot: number, generation: number, launch: Launch, listeners: readonly Listener[]): ChildProcess {
  const inherited = listeners.map((listener, index) => ({ key: listener.key, fd: FIRST_INHERITED_FD + index }));
  const boot: Boot = { ...launch.boot, slot, generation, inherited };
  const output = launch.piped ? "pipe" : "inherit";
  return spawn(process.execPath, [...launch.nodeOptions, launch.workerFile, ...launch.args], {
    cwd: launch.cwd,
    env: { ...launch.env, ...roleOf(slot), [BOOT_ENV]: JSON.stringify(boot) },
    stdio: ["ignore", output, output, "ipc", ...listeners.map((listener) => listener.handle.fd)],
    ...(launch.uid === undefined ? {} : { uid: launch.uid }),
    ...(launch.gid === undefined ? {} : { gid: launch.gid }),
  });
}

/**
 * With NODE_UNIQUE_ID Node loads its own cluster child: `cluster.isPrimary` is false and `cluster.worker.id` is the slot, also for
 * named ESM imports. NODE_APP_INSTANCE is pm2's convention, counted from 0.
 */
function roleOf(slot: number): Record<string, string> {
  return { NODE_UNIQUE_ID: String(slot), NODE_APP_INSTANCE: String(slot - 1) };
}

/** `cluster.worker.kill()` and `disconnect()` inside the app wait for node:cluster's own acknowledgement. */
function acknowledgeLeaving(child: ChildProcess, message: unknown): void {
  const { cmd, act, seq } = message as { cmd?: string; act?: string; seq?: number };
  if (cmd === "NODE_CLUSTER" && act === "exitedAfterDisconnect") post(child, { cmd, ack: seq });
}

/** A worker may be gone before its message: its exit says so, a failed send adds nothing. */
function post(child: ChildProcess, message: unknown, handle?: SocketHandle): void {
  if (!child.connected) return;
  child.send(message as object, handle as never, () => undefined);
}
