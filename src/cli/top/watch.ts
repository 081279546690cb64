import { setTimeout as delay } from "node:timers/promises";
import { ask, askStatus, STATUS_LIMIT } from "../../control/client.ts";
import { AppError } from "../../errors.ts";
import type { Command } from "../../protocol/control.ts";
import { prettyAgain, unpainted } from "../../telemetry/pretty.ts";
import { readLog } from "../../telemetry/read-log.ts";
import { stepText } from "../draw-progress.ts";
import type { Io } from "../io.ts";
import { frame } from "./frame.ts";
import { actionOf, type Action } from "./keys.ts";
import { Screen } from "./screen.ts";
import { EMPTY, withLines, withPoll, type Said, type View } from "./view.ts";

// Milliseconds.
const REFRESH = 1_000;
/** A primary that was killed may have a successor. */
const PATIENCE = 10_000;
const FIRST_LINES = 200;

/** `stopped`: the app has said so. `lost`: it does not answer any more. */
export type Ended = "quit" | "stopped" | "lost";

/** Looks at an app once a second, and carries out what keys ask for. */
export class Watch {
  readonly #socket: string;
  readonly #screen: Screen;
  readonly #ended = Promise.withResolvers<Ended>();
  readonly #over = new AbortController();
  #view: View = EMPTY;
  #log = new AbortController();
  /** The pid of the primary that has said that it ends. */
  #toldEnd: number | null = null;

  constructor(socket: string, io: Io, stdin: NodeJS.ReadStream) {
    this.#socket = socket;
    this.#screen = new Screen(io, stdin, this.#press.bind(this), this.#draw.bind(this));
  }

  async untilItEnds(): Promise<Ended> {
    const quit = (): void => this.#ended.resolve("quit");
    for (const signal of SIGNALS) process.on(signal, quit);
    try {
      return await Promise.race([this.#ended.promise, this.#look()]);
    } finally {
      this.#over.abort();
      this.#log.abort();
      this.#screen.close();
      for (const signal of SIGNALS) process.off(signal, quit);
    }
  }

  async #look(): Promise<Ended> {
    const { signal } = this.#over;
    let followed = -1;
    for (let answeredAt = performance.now(); !signal.aborted;) {
      const began = performance.now();
      try {
        const snapshot = await askStatus(this.#socket, STATUS_LIMIT);
        answeredAt = performance.now();
        this.#show(withPoll(this.#view, snapshot, began, Date.now()));
        if (snapshot.pid !== followed) void this.#hearOfEnd((followed = snapshot.pid));
      } catch (error) {
        if (!(error instanceof AppError)) throw error;
        const isGone = error.code === "NOT_RUNNING";
        if (isGone && this.#toldEnd === followed) return "stopped";
        if (isGone && performance.now() - answeredAt > PATIENCE) return "lost";
        this.#say(error.message, "trouble");
      }
      await delay(Math.max(0, began + REFRESH - performance.now()), undefined, { signal }).catch(() => undefined);
    }
    return "quit";
  }

  /** A primary that ends in good order says so to its followers. */
  async #hearOfEnd(pid: number): Promise<void> {
    const { signal } = this.#over;
    await ask(this.#socket, { verb: "follow" }, { signal }).then(
      () => (this.#toldEnd = pid),
      () => undefined,
    );
  }

  #press(sent: string): void {
    // One that a key without a letter sends is one; letters may come together.
    const keys = sent.startsWith("\u001B") ? [sent] : Array.from(sent);
    for (const key of keys) {
      const action = actionOf(this.#view.mode, key);
      if (action !== null) this.#do[action]();
    }
  }

  readonly #do: Readonly<Record<Action, () => void>> = {
    quit: () => this.#ended.resolve("quit"),
    ask: () => this.#show({ ...this.#view, mode: "confirm" }),
    cancel: () => this.#show({ ...this.#view, mode: "workers" }),
    reload: () => {
      this.#show({ ...this.#view, mode: "workers" });
      void this.#command({ verb: "reload" });
    },
    more: () => void this.#command({ verb: "scale", by: 1 }),
    less: () => void this.#command({ verb: "scale", by: -1 }),
    logs: () => {
      this.#show({ ...this.#view, mode: "logs", log: [] });
      this.#log = new AbortController();
      void this.#readLog(this.#log.signal);
    },
    back: () => {
      this.#log.abort();
      this.#show({ ...this.#view, mode: "workers" });
    },
  };

  async #command(command: Command): Promise<void> {
    const { signal } = this.#over;
    this.#say(`${command.verb} …`, "change");
    try {
      const { text } = await ask(this.#socket, command, {
        signal,
        onProgress: (step) => this.#say(stepText(step), "change"),
      });
      this.#say(`${command.verb}: ${text}`, "well");
    } catch (error) {
      this.#say(`${command.verb}: ${(error as Error).message}`, "trouble");
    }
  }

  async #readLog(signal: AbortSignal): Promise<void> {
    const path = this.#view.polls.at(-1)?.snapshot.logFile ?? null;
    if (path === null) return;
    try {
      for await (const lines of readLog(path, { last: FIRST_LINES, follow: true, signal })) {
        if (signal.aborted) return;
        this.#show(withLines(this.#view, linesIn(lines)));
      }
    } catch (error) {
      this.#say((error as Error).message, "trouble");
    }
  }

  #say(text: string, kind: Said["kind"]): void {
    this.#show({ ...this.#view, said: { text, kind } });
  }

  #show(view: View): void {
    this.#view = view;
    this.#draw();
  }

  #draw(): void {
    this.#screen.draw(frame(this.#view, this.#screen.size, Date.now()));
  }
}

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** As a terminal would have shown them, without colours. */
function linesIn(bytes: Buffer): readonly string[] {
  const lines = bytes.toString().trimEnd().split("\n");
  return lines.flatMap((line) => prettyAgain(line, unpainted).trimEnd().split("\n"));
}
