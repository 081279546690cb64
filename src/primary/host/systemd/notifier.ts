import { spawn } from "node:child_process";
import type { Log } from "../../../telemetry/log.ts";

/** Sends one message, each assignment a line of it; rejects when that cannot be done. */
export type Send = (assignments: readonly string[]) => Promise<void>;

/** systemd confirms a message within milliseconds; a notifier that hangs must not hold up the next. Milliseconds. */
const PATIENCE = 5_000;

/**
 * By systemd's own tool, in a process of its own: Node has no unix datagram sockets. The tool also waits until systemd has read the message, since of a
 * sender that is gone systemd no longer knows whose it was.
 */
export function systemdNotify(socket: string): Send {
  return (assignments) => {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const env = { PATH: process.env["PATH"], NOTIFY_SOCKET: socket };
    const child = spawn("systemd-notify", assignments, { stdio: "ignore", env, timeout: PATIENCE });
    child.unref();
    child.once("error", reject);
    child.once("exit", (code, signal) => (code === 0 ? resolve() : reject(new Error(signal ?? `exit code ${code}`))));
    return promise;
  };
}

/**
 * Tells systemd how the service does: one message at a time, in order, none waited for. While one is on its way a newer status
 * takes the place of an older one, and signs of life are one.
 */
export class Notifier {
  readonly #send: Send;
  readonly #log: Log;
  /** Changes of state: each is told. */
  readonly #states: (readonly string[])[] = [];
  #status: string | null = null;
  #alive = false;
  #sending = false;
  #running: Promise<void> = Promise.resolve();
  #silent = false;
  #failed = false;

  constructor(send: Send, log: Log) {
    this.#send = send;
    this.#log = log;
  }

  /** `READY=1` and its like, in one message with the status line that goes with it. */
  state(assignments: readonly string[], status: string): void {
    this.#states.push([...assignments, `STATUS=${status}`]);
    this.#status = null;
    void this.#run();
  }

  /** One line for people. */
  status(text: string): void {
    this.#status = text;
    void this.#run();
  }

  alive(): void {
    this.#alive = true;
    void this.#run();
  }

  /** Says nothing more: resolves when what is on its way has arrived. */
  async silence(): Promise<void> {
    this.#silent = true;
    await this.#running;
  }

  async #run(): Promise<void> {
    if (this.#sending || this.#silent) return;
    this.#running = this.#sendAll();
    await this.#running;
  }

  async #sendAll(): Promise<void> {
    this.#sending = true;
    for (let message = this.#next(); message.length > 0; message = this.#next()) {
      await this.#send(message).catch((error: Error) => this.#sayFailed(error));
    }
    this.#sending = false;
  }

  #next(): readonly string[] {
    if (this.#silent) return [];
    const state = this.#states.shift();
    const alive = this.#alive ? ["WATCHDOG=1"] : [];
    this.#alive = false;
    if (state) return [...state, ...alive];
    const status = this.#status === null ? [] : [`STATUS=${this.#status}`];
    this.#status = null;
    return [...status, ...alive];
  }

  /** Once: it would fail again with every message. */
  #sayFailed(error: Error): void {
    if (this.#failed) return;
    this.#failed = true;
    const missing = (error as NodeJS.ErrnoException).code === "ENOENT";
    const why = missing ? "there is no systemd-notify here; it belongs to the package systemd" : error.message;
    const text = `systemd wants to be told how the service does, and cannot be: ${why}; without it, use Type=exec in the unit`;
    this.#log.warn("notify-failed", { reason: why }, text);
  }
}
