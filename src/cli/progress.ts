import { styleText } from "node:util";
import type { Progress, WorkerBrief } from "../protocol/control.ts";
import { drawProgress, stepText } from "./draw-progress.ts";
import { showSpan } from "./figures.ts";
import type { Io } from "./io.ts";

/** The steps of a command, shown to a person on stderr. */
export interface ProgressView {
  show(progress: Progress): void;
  /** Leaves nothing behind but lines that are to stay. */
  close(): void;
}

/** A picture that is drawn over itself where stderr is a terminal, else a line for each step that says something new. */
export function openProgress({ stderr, env }: Io): ProgressView {
  if (stderr.isTTY === true && env["TERM"] !== "dumb") return new LiveProgress(stderr);
  let last = "";
  const show = (progress: Progress): void => {
    const text = stepText(progress);
    if (text !== last) stderr.write(`${text}\n`);
    last = text;
  };
  return { show, close: () => undefined };
}

/** Milliseconds between two pictures: the time in them goes on. */
const REDRAW = 100;
/** Of the terminal: what is longer than a line is cut off there, so that lines can be counted. */
const [NO_WRAP, WRAP] = ["\u001B[?7l", "\u001B[?7h"];
const [TO_LINE_END, TO_SCREEN_END] = ["\u001B[K", "\u001B[J"];

class LiveProgress implements ProgressView {
  readonly #stderr: Io["stderr"];
  readonly #startedAt = performance.now();
  #latest: Progress | null = null;
  #lines = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(stderr: Io["stderr"]) {
    this.#stderr = stderr;
  }

  show(progress: Progress): void {
    this.#latest = progress;
    this.#timer ??= setInterval(() => this.#draw(), REDRAW).unref();
    this.#draw();
  }

  close(): void {
    clearInterval(this.#timer);
    if (this.#lines > 0) this.#stderr.write(this.#home() + TO_SCREEN_END);
    this.#lines = 0;
  }

  #draw(): void {
    if (this.#latest === null) return;
    const { columns = 80, rows = 24 } = this.#stderr;
    const elapsed = showSpan(Math.max(1000, performance.now() - this.#startedAt));
    const paint = (symbol: string, worker: WorkerBrief, newest: boolean): string =>
      styleText(colourOf(worker, newest), symbol, { stream: this.#stderr });
    const picture = drawProgress(this.#latest, elapsed, columns - 1, paint).slice(1 - rows);
    const text = picture.map((line) => `${line}${TO_LINE_END}\n`).join("");
    this.#stderr.write(`${NO_WRAP}${this.#home()}${text}${TO_SCREEN_END}${WRAP}`);
    this.#lines = picture.length;
  }

  #home(): string {
    return this.#lines === 0 ? "" : `\u001B[${this.#lines}A`;
  }
}

function colourOf({ state }: WorkerBrief, newest: boolean): "gray" | "yellow" | "green" | "cyan" {
  if (state === "draining") return "gray";
  if (state === "starting") return "yellow";
  return newest ? "green" : "cyan";
}
