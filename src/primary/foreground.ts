import type { Resolved } from "../config/config.ts";
import { EXIT, type ExitCode } from "../errors.ts";
import type { End, Primary } from "./primary.ts";
import { run } from "./run.ts";

/**
 * Runs the app in the foreground until it ends or is told to.
 * @param found How the entry was found, where the user did not name it.
 * @throws AppError when the app could not boot, or an address could not be bound
 */
export async function runForeground(resolved: Resolved, found: string | null): Promise<ExitCode> {
  survivePipes();
  const { primary, ended } = await run(resolved, found, () => undefined);
  obeySignals(primary);
  const end = await primary.ended;
  await ended;
  await Promise.all([process.stdout, process.stderr].map(written));
  return exitCodeOf(end);
}

/** A reader that went away (`drover app.js | head`) must not take the site down with it. */
function survivePipes(): void {
  for (const stream of [process.stdout, process.stderr]) stream.on("error", () => undefined);
}

/** One keystroke can arrive twice: from the terminal, and again from npm, which passes it on. Milliseconds. */
const ECHO = 300;

/** The first TERM or INT drains; any later one, or QUIT, stops at once. A closed terminal ends what ran in it. */
function obeySignals(primary: Primary): void {
  let first: number | null = null;
  const stop = (signal: NodeJS.Signals): void => {
    const now = performance.now();
    if (first !== null && signal !== "SIGQUIT" && now - first < ECHO) return;
    primary.stop(signal, first !== null || signal === "SIGQUIT");
    first ??= now;
  };
  for (const signal of ["SIGTERM", "SIGINT", "SIGQUIT", "SIGHUP"] as const) process.on(signal, stop);
}

async function written(stream: NodeJS.WriteStream): Promise<void> {
  await new Promise<void>((resolve) => stream.write("", () => resolve()));
}

function exitCodeOf({ outcome, error }: End): ExitCode {
  if (error) throw error;
  return outcome === "stopped" ? EXIT.ok : EXIT.failure;
}
