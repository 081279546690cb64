import { nearest } from "../config/nearest.ts";
import { resolveConfig, type Resolution } from "../config/resolve.ts";
import { AppError, type ExitCode } from "../errors.ts";
import { foreignVerb } from "./foreign-verbs.ts";
import { VERBS, type Request } from "./verbs.ts";

/** Runs the app in the foreground until it is stopped; answers how it went. */
export async function start(request: Request): Promise<ExitCode> {
  const resolution = await resolveConfig(request.sources).catch((error: unknown) => {
    throw mistypedVerb(error, request.sources.entry) ?? error;
  });
  return await run(resolution, () => resolveConfig(request.sources));
}

async function run(resolution: Resolution, resolve: () => Promise<Resolution>): Promise<ExitCode> {
  const { runForeground } = await import("../primary/foreground.ts");
  return await runForeground(resolution, resolution.found, resolve);
}

/** `drover strat` is read as `drover start strat`: an entry that is missing and looks like a verb is taken for one. */
function mistypedVerb(error: unknown, entry: string | undefined): AppError | null {
  if (!(error instanceof AppError) || error.code !== "ENTRY_MISSING" || entry === undefined || !/^[a-z]+$/i.test(entry))
    return null;
  const foreign = foreignVerb(entry);
  if (foreign !== null) return foreign;
  const verbs = [...new Set(VERBS.map(({ words }) => words.split(" ")[0] ?? words))];
  const meant = nearest(entry, verbs);
  const hint = meant === undefined ? `Verbs are ${verbs.join(", ")}.` : `Did you mean "drover ${meant}"?`;
  return new AppError("USAGE", `expected a verb or the app's file, got "${entry}", which is neither`, hint);
}
