import type { Resolved } from "../config/config.ts";
import { EXIT, type ExitCode } from "../errors.ts";
import type { Command } from "../protocol/control.ts";
import { Commands } from "./commands.ts";
import type { End, Primary } from "./primary.ts";
import { run } from "./run.ts";
import { systemClock } from "./supervisor.ts";
import { Watcher } from "./watcher.ts";

/**
 * Runs the app in the foreground until it ends or is told to.
 * @param found How the entry was found, where the user did not name it.
 * @param resolve Reads the configuration anew, for a reload.
 * @throws AppError when the app could not boot, or an address could not be bound
 */
export async function runForeground(
  resolved: Resolved,
  found: string | null,
  resolve: () => Promise<Resolved>,
): Promise<ExitCode> {
  survivePipes();
  const { primary, log, ended } = await run(resolved, resolve, found, () => undefined);
  const commands = new Commands(primary, log, {
    surroundings: () => ({ detached: false, logFile: null, admin: null }),
    reopen: () => Promise.resolve(),
  });
  if (resolved.config.watch) watchFiles(primary, commands, resolved);
  obeyStopSignals(primary);
  obeyCommandSignals(commands);
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

/** The first TERM or INT drains; any later one, or QUIT, stops at once. */
function obeyStopSignals(primary: Primary): void {
  let first: number | null = null;
  const stop = (signal: NodeJS.Signals): void => {
    const now = performance.now();
    if (first !== null && signal !== "SIGQUIT" && now - first < ECHO) return;
    primary.stop(signal, first !== null || signal === "SIGQUIT");
    first ??= now;
  };
  for (const signal of ["SIGTERM", "SIGINT", "SIGQUIT"] as const) process.on(signal, stop);
  // A closed terminal ends what ran in it; to anything else HUP means reload.
  if (process.stdin.isTTY || process.stdout.isTTY) process.on("SIGHUP", stop);
}

/** Reloads when a file of the app changes, until it stops. */
function watchFiles(primary: Primary, commands: Commands, { config, files }: Resolved): void {
  const watcher = new Watcher(systemClock, (file) => {
    const reloaded = commands.execute({ verb: "reload" }, `${file} has changed`);
    reloaded.then(
      () => (watcher.anySource = false),
      () => (watcher.anySource = true),
    );
  });
  watcher.add([config.entry, ...files]);
  primary.watcher = watcher;
  void primary.ended.then(() => watcher.close());
}

/** The signals of Puma, unicorn and gunicorn, as the commands they stand for. */
function obeyCommandSignals(commands: Commands): void {
  const onSignal = (signal: NodeJS.Signals, command: Command): void => {
    // How it went is in the log.
    process.on(signal, () => void commands.execute(command, signal).catch(() => undefined));
  };
  onSignal("SIGTTIN", { verb: "scale", by: 1 });
  onSignal("SIGTTOU", { verb: "scale", by: -1 });
  if (process.listenerCount("SIGHUP") === 0) onSignal("SIGHUP", { verb: "reload" });
}

async function written(stream: NodeJS.WriteStream): Promise<void> {
  await new Promise<void>((resolve) => stream.write("", () => resolve()));
}

function exitCodeOf({ outcome, error }: End): ExitCode {
  if (error) throw error;
  return outcome === "stopped" ? EXIT.ok : EXIT.failure;
}
