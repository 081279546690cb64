import { withLogFile } from "../config/log-file.ts";
import { nearest } from "../config/nearest.ts";
import { resolveApps, resolveConfig, type Resolution, type ResolvedApp } from "../config/resolve.ts";
import { homeOf, logOf } from "../control/home.ts";
import { AppError, type ExitCode } from "../errors.ts";
import { BACKGROUND_ENV } from "../protocol/starting.ts";
import { foreignVerb } from "./foreign-verbs.ts";
import type { Io } from "./io.ts";
import { VERBS, type Request } from "./verbs.ts";

/** Runs the app, or the apps of the config file, until they are stopped, or in the background until they are ready; answers how it went. */
export async function start(request: Request, io: Io): Promise<ExitCode> {
  const apps = await resolveApps(request.sources, request.operands).catch((error: unknown) => {
    throw mistypedVerb(error, request.operands) ?? error;
  });
  if (request.own["detach"] === true) return await (await import("./detach.ts")).detach(apps, io);
  const [first] = apps;
  return first !== undefined && apps.length === 1 ? await startApp(first, io) : await startSeveral(apps, io);
}

async function startApp({ sources, resolution }: ResolvedApp, io: Io): Promise<ExitCode> {
  const resolve = (): Promise<Resolution> => resolveConfig(sources);
  if (isBackground(io)) return await runInBackground(resolution, resolve, io);
  const { runForeground } = await import("../primary/foreground.ts");
  return await runForeground(resolution, resolution.found, resolve);
}

async function startSeveral(apps: readonly ResolvedApp[], io: Io): Promise<ExitCode> {
  const { startApps } = await import("./start-apps.ts");
  return await startApps(apps, io);
}

/** Whether this is the process that `detach` has started. The mark goes no further. */
function isBackground({ env }: Io): boolean {
  const marked = env[BACKGROUND_ENV] !== undefined;
  delete env[BACKGROUND_ENV];
  return marked;
}

async function runInBackground(
  resolution: Resolution,
  resolve: () => Promise<Resolution>,
  { env }: Io,
): Promise<ExitCode> {
  const withLog = <T extends Resolution>(resolved: T): T =>
    withLogFile(resolved, logOf(homeOf(env), resolution.config.name));
  const { runBackground } = await import("../primary/host/background.ts");
  return await runBackground(withLog(resolution), resolution.found, async () => withLog(await resolve()));
}

/** `drover strat` is read as `drover start strat`: an entry that is missing and looks like a verb is taken for one. */
function mistypedVerb(error: unknown, [entry = "", ...more]: readonly string[]): AppError | null {
  if (!(error instanceof AppError) || !/^[a-z]+$/i.test(entry)) return null;
  // `pm2 delete web`: of two words the first is hardly the app's file.
  const foreign = error.code === "ENTRY_MISSING" || more.length > 0 ? foreignVerb(entry) : null;
  if (foreign !== null || error.code !== "ENTRY_MISSING") return foreign;
  const verbs = [...new Set(VERBS.map(({ words }) => words.split(" ")[0] ?? words))];
  const meant = nearest(entry, verbs);
  const hint = meant === undefined ? `Verbs are ${verbs.join(", ")}.` : `Did you mean "drover ${meant}"?`;
  return new AppError("USAGE", `expected a verb or the app's file, got "${entry}", which is neither`, hint);
}
