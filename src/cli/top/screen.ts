import { styleText } from "node:util";
import type { Paint } from "../../telemetry/pretty.ts";
import type { Io } from "../io.ts";
import type { Size } from "./frame.ts";
import { paintLine, type Line } from "./line.ts";

// Of the terminal.
const ENTER = "\u001B[?1049h\u001B[?25l\u001B[?7l";
const LEAVE = "\u001B[?7h\u001B[?25h\u001B[?1049l";
const HOME = "\u001B[H";
/** Before a line's text: behind one that fills the line it would take its last character. */
const CLEAR = "\u001B[K";

/** The terminal's other screen, with keys that come as they are pressed. Whatever ends the process, the first one is back as it was. */
export class Screen {
  readonly #stdout: Io["stdout"];
  readonly #stdin: NodeJS.ReadStream;
  readonly #paint: Paint;
  readonly #restore = (): void => this.close();
  readonly #onKey: (data: Buffer) => void;
  readonly #onResize: () => void;
  #open = true;

  constructor(
    { stdout }: Pick<Io, "stdout">,
    stdin: NodeJS.ReadStream,
    onKey: (sent: string) => void,
    onResize: () => void,
  ) {
    this.#stdout = stdout;
    this.#stdin = stdin;
    this.#paint = (format, text) => styleText(format, text, { stream: stdout });
    this.#onKey = (data) => onKey(data.toString());
    this.#onResize = onResize;
    process.on("exit", this.#restore);
    stdin.setRawMode(true);
    stdin.on("data", this.#onKey);
    stdout.on("resize", this.#onResize);
    stdout.write(ENTER);
  }

  get size(): Size {
    const { columns = 80, rows = 24 } = this.#stdout as Partial<Size>;
    return { columns, rows };
  }

  /** @param lines As many as the screen has. */
  draw(lines: readonly Line[]): void {
    if (!this.#open) return;
    const text = lines.map((line) => CLEAR + paintLine(line, this.#paint)).join("\r\n");
    this.#stdout.write(HOME + text);
  }

  close(): void {
    if (!this.#open) return;
    this.#open = false;
    process.off("exit", this.#restore);
    this.#stdout.off("resize", this.#onResize);
    this.#stdin.off("data", this.#onKey);
    this.#stdin.setRawMode(false);
    this.#stdin.pause();
    this.#stdout.write(LEAVE);
  }
}
