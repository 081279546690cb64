import { setTimeout as sleep } from "node:timers/promises";
import type { Boot } from "../../protocol/ipc.ts";
import type { CapturedServer } from "../sockets/captured-server.ts";
import { probe } from "./probe.ts";

/** From one probe that did not pass to the next. Milliseconds. */
const AGAIN = 250;

/** What a worker needs beside a server to be ready: the app's own word, and an answer to a probe. Without `waitReady` and `probe` it needs nothing. */
export class Readiness {
  readonly #boot: Pick<Boot, "waitReady" | "probe">;
  readonly #report: (reason: string) => void;
  readonly #said = Promise.withResolvers<void>();
  #reported: string | null = null;
  #over = false;

  /** `report` hears what is missing, each time that changes. */
  constructor(boot: Pick<Boot, "waitReady" | "probe">, report: (reason: string) => void) {
    this.#boot = boot;
    this.#report = report;
  }

  /** Whether anything is awaited: then the worker accepts nothing before {@link reached} resolves. */
  get isAwaited(): boolean {
    return this.#boot.waitReady || this.#boot.probe !== null;
  }

  /** Hears `process.send("ready")`, which may come at any time from the app's first line on. The message goes its way to the program above. */
  install(): void {
    if (!this.#boot.waitReady) return;
    const send = process.send as (...rest: unknown[]) => boolean;
    const hear = (...rest: unknown[]): boolean => {
      if (rest[0] === "ready") this.#said.resolve();
      return send.apply(process, rest);
    };
    Object.assign(process, { send: hear });
  }

  /** Resolves when the app has said it is ready and the probe has passed. The primary has the deadline. */
  async reached(servers: () => readonly CapturedServer[]): Promise<void> {
    const { waitReady, probe: path } = this.#boot;
    if (waitReady) await this.#untilSaid(servers);
    if (path !== null) await this.#untilAnswered(path, servers);
  }

  /** The worker leaves: the app is asked no more. */
  giveUp(): void {
    this.#over = true;
  }

  async #untilSaid(servers: () => readonly CapturedServer[]): Promise<void> {
    this.#missing(`it ${servers().length > 0 ? "listens" : "has loaded"}, but has not said process.send("ready")`);
    await this.#said.promise;
  }

  async #untilAnswered(path: string, servers: () => readonly CapturedServer[]): Promise<void> {
    while (!this.#over) {
      const missing = await probe(servers()[0]?.front, path);
      if (missing === null) return;
      this.#missing(missing);
      await sleep(AGAIN);
    }
  }

  #missing(reason: string): void {
    if (reason !== this.#reported) this.#report(reason);
    this.#reported = reason;
  }
}
