import type { Log } from "../../telemetry/log.ts";
import type { Level } from "../../telemetry/pretty.ts";

type Listener = (level: Level, event: string, text: string) => void;

/** The log, and whoever listens in for a while: a verb that shows what comes of its order. */
export class Earshot implements Log {
  readonly #log: Log;
  readonly #listeners = new Set<Listener>();

  constructor(log: Log) {
    this.#log = log;
  }

  /** Answers how to stop listening. */
  listen(listener: Listener): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  debug(...[event, fields, text]: Parameters<Log["debug"]>): void {
    this.#say("debug", event, fields, text);
  }

  info(...[event, fields, text]: Parameters<Log["info"]>): void {
    this.#say("info", event, fields, text);
  }

  warn(...[event, fields, text]: Parameters<Log["warn"]>): void {
    this.#say("warn", event, fields, text);
  }

  error(...[event, fields, text]: Parameters<Log["error"]>): void {
    this.#say("error", event, fields, text);
  }

  flush(): Promise<void> {
    return this.#log.flush();
  }

  #say(level: Level, ...line: Parameters<Log["info"]>): void {
    this.#log[level](...line);
    for (const listener of this.#listeners) listener(level, line[0], line[2]);
  }
}
