import { once } from "node:events";
import { styleText } from "node:util";
import { AppError, EXIT, type ExitCode } from "../errors.ts";
import { prettyAgain, type Paint } from "../telemetry/pretty.ts";
import { readLog } from "../telemetry/read-log.ts";
import { findLog } from "./find-log.ts";
import type { Io } from "./io.ts";
import type { Request } from "./verbs.ts";

/** Lines that are shown without `-n`. */
const FEW = 20;

/** Shows the end of an app's log file and, asked to, what comes. A reader that goes away ends it without a word, as Ctrl-C does. */
export async function logs(request: Request, io: Io): Promise<ExitCode> {
  const last = wholeNumber(request.own["lines"] ?? FEW);
  const path = await findLog(request.sources);
  const end = new AbortController();
  const { signal } = end;
  for (const name of ["SIGINT", "SIGTERM"] as const) process.once(name, () => end.abort());
  io.stdout.on("error", () => end.abort());
  const show = io.stdout.isTTY === true && !request.json ? prettyOn(io) : (lines: Buffer) => lines;
  for await (const lines of readLog(path, { last, follow: request.own["follow"] === true, signal })) {
    if (signal.aborted) break;
    if (!io.stdout.write(show(lines))) await once(io.stdout, "drain", { signal }).catch(() => undefined);
  }
  return EXIT.ok;
}

function wholeNumber(written: unknown): number {
  const count = Number(written);
  if (/^\d+$/.test(String(written)) && Number.isSafeInteger(count)) return count;
  const message = `flag --lines: expected a whole number, got "${String(written)}"`;
  throw new AppError("USAGE", message, `Leave it out for the last ${FEW} lines.`);
}

function prettyOn({ stdout }: Io): (lines: Buffer) => string {
  const paint: Paint = (format, text) => styleText(format, text, { stream: stdout });
  return (lines) =>
    lines
      .toString()
      .slice(0, -1)
      .split("\n")
      .map((line) => prettyAgain(line, paint))
      .join("");
}
