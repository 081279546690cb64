import { styleText } from "node:util";
import { AppError, EXIT, type ExitCode } from "../errors.ts";
import { leadsToJournal, withPriority } from "../telemetry/journal.ts";
import { VERSION } from "../version.ts";
import type { Io } from "./io.ts";

/** Says what went wrong and answers the exit code for it. Only an error of our own making is shown with its stack. */
export function reportError(error: unknown, io: Io): ExitCode {
  const toJournal = leadsToJournal(process.stderr.fd, io.env);
  const say = (text: string): void => void io.stderr.write(toJournal ? withPriority("error", text) : text);
  const label = toJournal ? "error:" : styleText("red", "error:", { stream: io.stderr });
  if (!(error instanceof AppError)) {
    const stack = error instanceof Error ? error.stack : String(error);
    say(`${label} this is a bug of Drover ${VERSION}, not of your app. Please report it with these lines:\n${stack}\n`);
    return EXIT.failure;
  }
  // The code stands in the first line, where it is found whether the app's own stack follows or not.
  const [first = "", ...more] = error.message.trimEnd().split("\n");
  const hint = error.hint?.split("\n") ?? [];
  say(`${label} ${first} [${error.code}]\n${[...more, ...hint].map(indented).join("")}`);
  return error.exitCode;
}

function indented(line: string): string {
  return line === "" ? "\n" : `  ${line}\n`;
}
