import type { ExitCode } from "../errors.ts";
import type { Io } from "./io.ts";
import { parseCommandLine } from "./parse-command-line.ts";
import { reportError } from "./report-error.ts";

/** Runs one command line to its end. Never throws. */
export async function main(argv: readonly string[], io: Io): Promise<ExitCode> {
  try {
    const command = parseCommandLine(argv, io);
    if ("help" in command) {
      command.stream.write(command.help);
      return command.exitCode;
    }
    const run = await command.verb.load();
    return await run(command.request, io);
  } catch (error) {
    return reportError(error, io);
  }
}
