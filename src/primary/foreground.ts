import type { Resolved } from "../config/config.ts";
import { homeOf, openRunFolder, socketOf } from "../control/home.ts";
import { openControl, type ControlServer } from "../control/server.ts";
import { AppError, EXIT, type ExitCode } from "../errors.ts";
import { giveBackMemory } from "./give-back-memory.ts";
import type { Starter } from "./host/starter.ts";
import { Commands } from "./operation/commands.ts";
import { obeyCommandSignals, obeyStopSignals } from "./operation/signals.ts";
import { keepRecord } from "./orphans/keep-record.ts";
import type { Orphans } from "./orphans/orphans.ts";
import type { Earshot } from "./output/earshot.ts";
import type { Primary } from "./primary.ts";
import { assemble } from "./run.ts";
import { systemClock } from "./supervisor.ts";
import type { End } from "./world.ts";

/**
 * Runs the app in this process until it ends or is told to, in the foreground or, with a starter, in the background.
 * @param found How the entry was found, where the user did not name it.
 * @param resolve Reads the configuration anew, for a reload.
 * @throws AppError when the app could not boot, an address could not be bound, or an app of that name runs already
 */
export async function runForeground(
  resolved: Resolved,
  found: string | null,
  resolve: () => Promise<Resolved>,
  starter: Starter | null = null,
): Promise<ExitCode> {
  survivePipes();
  const assembled = await assemble(resolved, resolve, found, () => undefined);
  const { primary, log, relations, orphans, succession, start, reopen, ended } = assembled;
  const commands = new Commands(primary, log, {
    surroundings: () => ({ detached: starter !== null, logFile: resolved.config.log.file, admin: relations.admin }),
    reopen,
  });
  const control = await listenForCommands(resolved.config.name, commands, log, starter !== null);
  const record = control && keepRecord(assembled, resolved.config, starter !== null);
  try {
    if (resolved.config.watch) await watchFiles(primary, commands, resolved);
    await start();
    // Whoever takes a dead primary's place is waited for by nobody.
    if (succession === null) starter?.follow(primary, log);
    primary.ready.then(giveBackMemory, () => undefined);
    obeyStopSignals(primary);
    obeyCommandSignals(commands);
    const end = await primary.ended;
    await ended();
    await endOrphans(primary, orphans);
    return exitCodeOf(end);
  } finally {
    record?.close();
    await control?.close();
    await Promise.all([process.stdout, process.stderr].map(written));
  }
}

/** A reader that went away (`drover app.js | head`) must not take the site down with it. */
function survivePipes(): void {
  for (const stream of [process.stdout, process.stderr]) stream.on("error", () => undefined);
}

/** An app that cannot be operated still serves, where a terminal or a supervisor can end it; and a second one of its name is refused. */
async function listenForCommands(
  name: string,
  commands: Commands,
  log: Earshot,
  isDetached: boolean,
): Promise<ControlServer | null> {
  try {
    const home = homeOf(process.env);
    await openRunFolder(home);
    const path = socketOf(home, name);
    return await openControl(path, (command, tell, gone) =>
      commands.execute(command, `drover ${command.verb}`, tell, gone),
    );
  } catch (error) {
    if (!(error instanceof AppError) || error.code === "ALREADY_RUNNING" || isDetached) throw error;
    const { message, hint } = error;
    log.warn("control-unavailable", { message, hint }, `verbs cannot reach this app: ${message}. ${hint ?? ""}`.trim());
    return null;
  }
}

/** A stop is for all that serves under this name. A start that fails leaves them as they are. */
async function endOrphans({ leaving, supervisor: { fleet, limits } }: Primary, orphans: Orphans): Promise<void> {
  if (leaving === null) return;
  if (fleet.phase === "stopping-now") orphans.end();
  orphans.release(limits.drainTimeout);
  await orphans.gone();
}

/** Reloads when a file of the app changes, until it stops. */
async function watchFiles(primary: Primary, commands: Commands, { config, files }: Resolved): Promise<void> {
  const { Watcher } = await import("./operation/watcher.ts");
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

async function written(stream: NodeJS.WriteStream): Promise<void> {
  await new Promise<void>((resolve) => stream.write("", () => resolve()));
}

function exitCodeOf({ outcome, error }: End): ExitCode {
  if (error) throw error;
  return outcome === "stopped" ? EXIT.ok : EXIT.failure;
}
