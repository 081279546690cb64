import { nearest } from "../config/nearest.ts";
import { resolveApps, resolveConfig, type ResolvedApp } from "../config/resolve.ts";
import { AppError, type ExitCode } from "../errors.ts";
import { foreignVerb } from "./foreign-verbs.ts";
import type { Io } from "./io.ts";
import { VERBS, type Request } from "./verbs.ts";

/** Runs the app, or the apps of the config file, in the foreground until they are stopped; answers how it went. */
export async function start(request: Request, io: Io): Promise<ExitCode> {
  const apps = await resolveApps(request.sources, request.operands).catch((error: unknown) => {
    throw mistypedVerb(error, request.operands) ?? error;
  });
  const [first] = apps;
  return first !== undefined && apps.length === 1 ? await startApp(first) : await startSeveral(apps, io);
}

async function startApp({ sources, resolution }: ResolvedApp): Promise<ExitCode> {
  const { runForeground } = await import("../primary/foreground.ts");
  return await runForeground(resolution, resolution.found, () => resolveConfig(sources));
}

async function startSeveral(apps: readonly ResolvedApp[], io: Io): Promise<ExitCode> {
  const { startApps } = await import("./start-apps.ts");
  return await startApps(apps, io);
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
