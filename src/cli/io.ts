import type { WriteStream } from "node:tty";

/** The outside of a verb, so that a test can be its outside. Data goes to `stdout`, everything said to a person to `stderr`. */
export interface Io {
  readonly env: NodeJS.ProcessEnv;
  readonly cwd: string;
  readonly stdout: NodeJS.WritableStream & Partial<Pick<WriteStream, "isTTY" | "columns">>;
  readonly stderr: NodeJS.WritableStream & Partial<Pick<WriteStream, "isTTY" | "columns" | "rows">>;
}

/** One versioned object, the answer of a verb under `--json`. */
export function writeJson(io: Io, answer: object): void {
  io.stdout.write(`${JSON.stringify({ version: 1, ...answer }, null, 2)}\n`);
}
