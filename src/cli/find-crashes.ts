import { readdir } from "node:fs/promises";
import { join } from "node:path";
import type { Sources } from "../config/choose.ts";
import { resolveApps } from "../config/resolve.ts";
import { running } from "../control/find.ts";
import { crashesOf, homeOf, nameOfFolder, type Home } from "../control/home.ts";
import { readCrashes } from "../crashes/crash-files.ts";
import { AppError } from "../errors.ts";
import type { Crash } from "../protocol/crash.ts";

export interface Found {
  readonly name: string;
  /** Of one report; undefined: all are meant. */
  readonly id: string | undefined;
  /** The newest first. */
  readonly crashes: readonly Crash[];
}

/**
 * The reports of the app that is named, by `--name` or as the word, else of this folder's, else of the only one that runs or has some. Reports outlive their app.
 * @throws AppError NOT_RUNNING when there is neither app nor report, USAGE when there are several
 */
export async function findCrashes(sources: Sources, word: string | undefined): Promise<Found> {
  const home = homeOf(sources.env);
  const [alive, crashed] = await Promise.all([running(home), appsWithReports(home)]);
  const known = [...new Set([...alive, ...crashed])].toSorted();
  const isName = word !== undefined && sources.flags["name"] === undefined && known.includes(word);
  const name = isName ? word : (named(sources, known) ?? (await nameHere(sources, known)) ?? only(known));
  return { name, id: isName ? undefined : word, crashes: await readCrashes(crashesOf(home, name)) };
}

function named({ flags, env }: Sources, known: readonly string[]): string | null {
  const name = flags["name"] || env["DROVER_NAME"];
  if (typeof name !== "string" || name === "") return null;
  if (known.includes(name)) return name;
  throw new AppError("NOT_RUNNING", `expected an app called "${name}" that runs or has crashed, got none`, hint(known));
}

/** What is wrong with this folder's configuration is no matter here. */
async function nameHere(sources: Sources, known: readonly string[]): Promise<string | null> {
  if (known.length === 0) return null;
  const here = await resolveApps(sources, []).then(
    (apps) => apps.map(({ resolution }) => resolution.config.name),
    () => [],
  );
  const [name, ...others] = here.filter((one) => known.includes(one));
  return others.length === 0 ? (name ?? null) : null;
}

function only(known: readonly string[]): string {
  const [name, ...others] = known;
  if (name === undefined)
    throw new AppError("NOT_RUNNING", "expected an app that runs or has crashed, got none", hint(known));
  if (others.length === 0) return name;
  const message = `expected --name with one of ${known.length} apps that run or have crashed, got none`;
  throw new AppError("USAGE", message, hint(known));
}

function hint(known: readonly string[]): string {
  if (known.length > 0) return `There are: ${known.join(", ")}.`;
  return "Apps of another user, or of another DROVER_HOME, are not seen from here.";
}

async function appsWithReports({ folder }: Home): Promise<readonly string[]> {
  const all = join(folder, "crashes");
  const entries = await readdir(all, { withFileTypes: true }).catch(() => []);
  const found = await Promise.all(
    entries.map(async (entry) => {
      const name = nameOfFolder(entry.name);
      if (name === null || !entry.isDirectory()) return [];
      const files = await readdir(join(all, entry.name)).catch(() => []);
      return files.some((file) => file.endsWith(".json")) ? [name] : [];
    }),
  );
  return found.flat();
}
