import type { Resolved } from "../config/config.ts";
import { ask } from "../control/client.ts";
import type { Handle } from "../control/connection.ts";
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
import { assemble, type Assembled } from "./run.ts";
import { startOf } from "./succession/again.ts";
import { Lead } from "./succession/lead.ts";
import { Predecessor } from "./succession/predecessor.ts";
import { refusalOf } from "./succession/refusal.ts";
import { Upgrades } from "./succession/upgrades.ts";
import { systemClock } from "./supervisor.ts";
import type { End } from "./world.ts";

/** Where and how this process was started. */
export interface Place {
  /** The folder, as the shell wrote it. */
  readonly cwd: string;
  /** In the background, in a session of its own. Default: not. */
  readonly detached?: boolean;
  /** Who waits to hear how the start goes. */
  readonly starter?: Starter;
}

/**
 * Runs the app in this process until it ends or is told to, or until another primary has taken its place.
 * @param found How the entry was found, where the user did not name it.
 * @param resolve Reads the configuration anew, for a reload.
 * @throws AppError when the app could not boot, an address could not be bound, or an app of that name runs already
 */
export async function runForeground(
  resolved: Resolved,
  found: string | null,
  resolve: () => Promise<Resolved>,
  { cwd, detached = false, starter }: Place,
): Promise<ExitCode> {
  survivePipes();
  const app = await assemble(resolved, resolve, found, () => undefined);
  const { primary, log, relations, orphans, succession, start, ended } = app;
  const again = startOf(cwd, detached);
  const { name } = resolved.config;
  const commands: Commands = new Commands(primary, log, {
    surroundings: () => ({ detached, logFile: resolved.config.log.file, admin: relations.admin }),
    reopen: app.reopen,
    passOn: (command, tell, signal) => ask(controlPath(name), command, { onProgress: tell, onServed: tell, signal }),
    upgrades: () => upgrades,
  });
  const predecessor = succession?.predecessor ? new Predecessor(primary) : null;
  const lead = new Lead(relations, {
    openControl: (inherited) => listenForCommands(name, commands, log, detached, inherited),
    keepRecord: () => keepRecord(app, resolved.config, again, predecessor),
  });
  const upgrades = new Upgrades(primary, {
    start: again,
    lead,
    refusal: refusalOf({ pid: process.pid, os: process.platform, detached, notifies: relations.notifies }),
    env: () => ({ ...process.env, ...relations.serviceVariables() }),
  });
  try {
    if (!predecessor) await lead.claim();
    if (resolved.config.watch) await watchFiles(primary, commands, resolved);
    await start();
    if (predecessor) void takeOver(app, predecessor, lead);
    // Who takes a dead primary's place is waited for by nobody.
    else if (!succession) starter?.follow(primary, log);
    primary.ready.then(giveBackMemory, () => undefined);
    obeyStopSignals(primary);
    obeyCommandSignals(commands);
    const end = await primary.ended;
    await Promise.all([ended(), upgrades.over()]);
    // Killed meanwhile it leaves orphans.
    await predecessor?.gone();
    await endOrphans(primary, orphans);
    return exitCodeOf(end);
  } finally {
    await lead.close();
    await Promise.all([process.stdout, process.stderr].map(written));
  }
}

/** The primary before leads until all workers here are ready, and leads again when we cannot. */
async function takeOver(app: Assembled, predecessor: Predecessor, lead: Lead): Promise<void> {
  const { primary, log, succession } = app;
  await predecessor.release(log);
  try {
    await lead.claim(succession?.control);
    await app.lead();
    primary.operator.leads(succession?.predecessor?.pid ?? 0);
    await predecessor.succeeded();
  } catch (thrown) {
    const error = thrown as Error;
    log.error("cannot-lead", { message: error.message }, `cannot take the lead: ${error.message}`);
    primary.world.passed.leads = false;
    await lead.leave();
    await predecessor.failed(error);
    primary.stop("it cannot lead", false);
  }
}

/** A reader that went away (`drover app.js | head`) must not take the site down with it. */
function survivePipes(): void {
  for (const stream of [process.stdout, process.stderr]) stream.on("error", () => undefined);
}

function controlPath(name: string): string {
  return socketOf(homeOf(process.env), name);
}

/** An app that cannot be operated still serves, where a terminal or a supervisor can end it; and a second one of its name is refused. */
async function listenForCommands(
  name: string,
  commands: Commands,
  log: Earshot,
  isDetached: boolean,
  inherited: number | null,
): Promise<ControlServer | null> {
  try {
    await openRunFolder(homeOf(process.env));
    const handle: Handle = (command, tell, gone) => commands.execute(command, `drover ${command.verb}`, tell, gone);
    return await openControl(controlPath(name), handle, { inherited });
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
