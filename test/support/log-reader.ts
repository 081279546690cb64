import { EventEmitter } from "node:events";
import type { Readable } from "node:stream";
import { BOUND_MS, within } from "./wait.ts";

/** One line of the log. A line that is no JSON object has only `raw`. */
export interface LogLine {
  readonly raw: string;
  readonly event?: string;
  readonly slot?: number;
  readonly pid?: number;
  readonly stream?: "stdout" | "stderr";
  readonly msg?: string;
  readonly [key: string]: unknown;
}

function parse(raw: string): LogLine {
  if (!raw.startsWith("{")) return { raw };
  try {
    return { ...JSON.parse(raw), raw };
  } catch {
    return { raw };
  }
}

/** Reads what the command prints, line by line, and lets a test await a line. */
export class LogReader {
  readonly lines: LogLine[] = [];
  /** Text after the last end of line, per stream; empty when every line was whole. */
  readonly rest = { stdout: "", stderr: "" };
  readonly #news = new EventEmitter();
  #open = 2;

  constructor(stdout: Readable, stderr: Readable) {
    this.#news.setMaxListeners(0);
    this.#read(stdout, "stdout");
    this.#read(stderr, "stderr");
  }

  /** The first line that satisfies the predicate, come already or still to come. Rejects at the end of the output. */
  find(what: string, predicate: (line: LogLine) => boolean, boundMs = BOUND_MS): Promise<LogLine> {
    const found = this.lines.find(predicate);
    if (found) return Promise.resolve(found);
    const coming = new Promise<LogLine>((resolve, reject) => {
      const look = (line: LogLine): void => {
        if (predicate(line)) settle(() => resolve(line));
      };
      const fail = (): void => settle(() => reject(new Error(`the output ended before ${what}\n${this.tail()}`)));
      const settle = (action: () => void): void => {
        this.#news.off("line", look).off("end", fail);
        action();
      };
      if (this.#open === 0) return fail();
      this.#news.on("line", look).on("end", fail);
    });
    return within(coming, () => `${what}\n${this.tail()}`, boundMs);
  }

  event(name: string, predicate: (line: LogLine) => boolean = () => true, boundMs = BOUND_MS): Promise<LogLine> {
    return this.find(`event ${name}`, (line) => line.event === name && predicate(line), boundMs);
  }

  events(name: string): LogLine[] {
    return this.lines.filter((line) => line.event === name);
  }

  /** The last lines, for the message of a failure. */
  tail(): string {
    return this.lines
      .slice(-40)
      .map((line) => line.raw)
      .join("\n");
  }

  #read(source: Readable, name: "stdout" | "stderr"): void {
    source.setEncoding("utf8");
    source.on("data", (text: string) => {
      const parts = (this.rest[name] + text).split("\n");
      this.rest[name] = parts.pop() ?? "";
      for (const raw of parts) this.#push(raw);
    });
    source.on("end", () => {
      this.#open -= 1;
      if (this.#open === 0) this.#news.emit("end");
    });
  }

  #push(raw: string): void {
    const line = parse(raw);
    this.lines.push(line);
    this.#news.emit("line", line);
  }
}
