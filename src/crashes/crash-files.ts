import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { checkRunFolder } from "../control/home.ts";
import type { Crash } from "../protocol/crash.ts";
import { addTo, type Filing } from "./filing.ts";

/** Causes that are kept; beyond them the one goes that has been quiet longest. */
const MOST_CAUSES = 50;
/** Bytes: nothing we write is larger. */
const LARGEST = 2_000_000;
const SUFFIX = ".json";

/** Makes the app's folder for crash reports, for its user alone. @throws AppError CONTROL_FAILED, or an error of the disk */
export async function makeCrashFolder(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await checkRunFolder(folder);
}

/** The newest first. Files that are no reports are passed over. @throws AppError CONTROL_FAILED when the folder is open to others */
export async function readCrashes(folder: string): Promise<readonly Crash[]> {
  if (!(await checkRunFolder(folder))) return [];
  const files = (await readdir(folder)).filter(isReport);
  const crashes = await Promise.all(files.map((file) => readCrash(join(folder, file))));
  return crashes.filter((crash) => crash !== null).toSorted((a, b) => b.lastAt - a.lastAt);
}

/** Takes deaths into the file of their cause, as a whole or not at all. @throws an error of the disk */
export async function fileCrash(folder: string, filing: Filing): Promise<void> {
  await makeCrashFolder(folder);
  const path = join(folder, filing.id + SUFFIX);
  const before = await readCrash(path);
  const crash = addTo(before?.cause === filing.cause ? before : null, filing);
  const unfinished = join(folder, `.${filing.id}.${process.pid}`);
  try {
    await rm(unfinished, { force: true });
    // Nobody else may have made it: `wx` follows no link.
    await writeFile(unfinished, JSON.stringify(crash), { flag: "wx", mode: 0o600 });
    await rename(unfinished, path);
  } catch (error) {
    await rm(unfinished, { force: true }).catch(() => undefined);
    throw error;
  }
  if (before === null) await forgetOldest(folder);
}

async function forgetOldest(folder: string): Promise<void> {
  const files = (await readdir(folder)).filter(isReport).map((file) => join(folder, file));
  if (files.length <= MOST_CAUSES) return;
  const aged = await Promise.all(files.map(async (path) => ({ path, at: (await stat(path)).mtimeMs })));
  const old = aged.toSorted((a, b) => b.at - a.at).slice(MOST_CAUSES);
  await Promise.all(old.map(({ path }) => rm(path, { force: true })));
}

function isReport(file: string): boolean {
  return file.endsWith(SUFFIX) && !file.startsWith(".");
}

async function readCrash(path: string): Promise<Crash | null> {
  try {
    if ((await stat(path)).size > LARGEST) return null;
    const found = JSON.parse(await readFile(path, "utf8")) as Partial<Crash> | null;
    const isOne = found?.version === 1 && typeof found.id === "string" && Array.isArray(found.traces);
    return isOne && typeof found.last === "object" ? (found as Crash) : null;
  } catch {
    return null;
  }
}
