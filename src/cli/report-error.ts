import { styleText } from "node:util";
import { AppError, EXIT, type ExitCode } from "../errors.ts";
import { VERSION } from "../version.ts";
import type { Io } from "./io.ts";

/** Says what went wrong and answers the exit code for it. Only an error of our own making is shown with its stack. */
export function reportError(error: unknown, io: Io): ExitCode {
  const label = styleText("red", "error:", { stream: io.stderr });
  if (!(error instanceof AppError)) {
    const stack = error instanceof Error ? error.stack : String(error);
    io.stderr.write(
      `${label} this is a bug of Drover ${VERSION}, not of your app. Please report it with these lines:\n${stack}\n`,
    );
    return EXIT.failure;
  }
  const hint = error.hint === undefined ? "" : `  ${error.hint.replaceAll("\n", "\n  ")}\n`;
  io.stderr.write(`${label} ${error.message} [${error.code}]\n${hint}`);
  return error.exitCode;
}
