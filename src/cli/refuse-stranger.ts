import { realpathSync } from "node:fs";
import { relative } from "node:path";
import type { Sources } from "../config/choose.ts";
import { findEntry } from "../config/find-entry.ts";
import { readPackage } from "../config/package-json.ts";
import { resolveApps } from "../config/resolve.ts";
import { askStatus, STATUS_LIMIT } from "../control/client.ts";
import { AppError } from "../errors.ts";

/**
 * For an app that was only guessed, since no other runs: whoever stops this folder's app a second time, or asks whether it runs, does not mean another folder's. It is this folder's under
 * another name where its entry is in here; and a folder without an app is a place to operate from.
 * @throws AppError NOT_RUNNING
 */
export async function refuseStranger(name: string, socket: string, sources: Sources): Promise<void> {
  const here = await namesHere(sources);
  if (here.includes(name) || !(here.length > 0 || hasApp(sources.cwd))) return;
  // One that gives no answer is not known to be from here.
  const entry = await askStatus(socket, STATUS_LIMIT).then(
    (snapshot) => snapshot.entry,
    () => null,
  );
  if (entry !== null && isIn(sources.cwd, entry)) return;
  const missing = here.length > 0 ? `this folder's app (${here.join(", ")})` : "this folder's app";
  const hint = `Another runs: ${name}${entry === null ? "" : ` (${entry})`}. Name it if that is meant.`;
  throw new AppError("NOT_RUNNING", `expected ${missing} to run, got none`, hint);
}

/** None where the configuration is wrong. */
async function namesHere(sources: Sources): Promise<readonly string[]> {
  return await resolveApps(sources, []).then(
    (apps) => apps.map(({ resolution }) => resolution.config.name),
    () => [],
  );
}

function hasApp(folder: string): boolean {
  if (readPackage(folder) !== null) return true;
  try {
    findEntry(null, folder, "");
    return true;
  } catch {
    return false;
  }
}

/** By the names it goes by, or by what their links lead to. */
function isIn(folder: string, entry: string): boolean {
  return isBelow(folder, entry) || isBelow(real(folder), real(entry));
}

function isBelow(folder: string, path: string): boolean {
  return !/^\.\.(\/|$)/.test(relative(folder, path));
}

function real(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}
