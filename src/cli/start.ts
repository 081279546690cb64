import { withLogFile } from "../config/log-file.ts";
import { nearest } from "../config/nearest.ts";
import { resolveApps, resolveConfig, type Resolution, type ResolvedApp } from "../config/resolve.ts";
import { homeOf, logOf } from "../control/home.ts";
import { AppError, type ExitCode } from "../errors.ts";
import { BACKGROUND_ENV, IN_BACKGROUND } from "../protocol/starting.ts";
import { foreignVerb } from "./foreign-verbs.ts";
import type { Io } from "./io.ts";
import { VERBS, type Request } from "./verbs.ts";

/** Runs the app, or the apps of the config file, until they are stopped, or in the background until they are ready; answers how it went. */
export async function start(request: Request, io: Io): Promise<ExitCode> {
  const mark = takeMark(io);
  if (mark === null) return await startApps(request, io);
  const { tellingStarter } = await import("../primary/host/background.ts");
  return await tellingStarter(async () => {
    const [app] = await resolveApps(request.sources, request.operands);
    if (app === undefined) throw new AppError("USAGE", "expected an app to start, got none");
    return await runMarked(app, mark, io);
  });
}

async function startApps(request: Request, io: Io): Promise<ExitCode> {
  const apps = await resolveApps(request.sources, request.operands).catch((error: unknown) => {
    throw mistypedVerb(error, request.operands) ?? error;
  });
  if (request.own["detach"] === true) return await (await import("./detach.ts")).detach(apps, io);
  const [first] = apps;
  return first !== undefined && apps.length === 1 ? await startApp(first) : await startSeveral(apps, io);
}

async function startApp({ sources, resolution }: ResolvedApp): Promise<ExitCode> {
  const { runForeground } = await import("../primary/foreground.ts");
  return await runForeground(resolution, resolution.found, () => resolveConfig(sources), { cwd: sources.cwd });
}

async function startSeveral(apps: readonly ResolvedApp[], io: Io): Promise<ExitCode> {
  const { startSideBySide } = await import("./start-apps.ts");
  return await startSideBySide(apps, io);
}

/** Of a process that whoever has started it hears of: `detach`, or the primary whose place it takes. The mark goes no further. */
function takeMark({ env }: Io): string | null {
  const mark = env[BACKGROUND_ENV] ?? null;
  delete env[BACKGROUND_ENV];
  return mark;
}

async function runMarked({ sources, resolution }: ResolvedApp, mark: string, { env }: Io): Promise<ExitCode> {
  const detached = mark === IN_BACKGROUND;
  const withLog = <T extends Resolution>(resolved: T): T =>
    detached ? withLogFile(resolved, logOf(homeOf(env), resolution.config.name)) : resolved;
  const { runBackground } = await import("../primary/host/background.ts");
  const resolve = async (): Promise<Resolution> => withLog(await resolveConfig(sources));
  return await runBackground(withLog(resolution), resolution.found, resolve, { cwd: sources.cwd, detached });
}

/** `drover strat` is read as `drover start strat`: an entry that is missing and looks like a verb, or like the beginning of one, is taken for it. */
function mistypedVerb(error: unknown, [entry = "", ...more]: readonly string[]): AppError | null {
  if (!(error instanceof AppError) || !/^[a-z]+$/i.test(entry)) return null;
  // `pm2 delete web`: of two words the first is hardly the app's file.
  const foreign = error.code === "ENTRY_MISSING" || more.length > 0 ? foreignVerb(entry) : null;
  if (foreign !== null || error.code !== "ENTRY_MISSING") return foreign;
  const verbs = [...new Set(VERBS.map(({ words }) => words.split(" ")[0] ?? words))];
  const meant = nearest(entry, verbs) ?? verbs.find((verb) => entry.length > 2 && verb.startsWith(entry));
  const hint = meant === undefined ? `Verbs are ${verbs.join(", ")}.` : `Did you mean "drover ${meant}"?`;
  return new AppError("USAGE", `expected a verb or the app's file, got "${entry}", which is neither`, hint);
}
