import { accessSync, constants, statfsSync, statSync, type Stats } from "node:fs";
import { dirname } from "node:path";
import { networkOf, type Facts, type Place } from "./choose-place.ts";
import { refusalOfMemory } from "./memory.ts";

/** Whom the store is for: the workers' user. */
export interface Owner {
  readonly uid: number;
  readonly gid: number;
  /** Not this process's own user. */
  readonly foreign: boolean;
}

/** A few calls that the kernel answers from its memory: the first worker waits for them. */
export function lookAt(place: Place, owner: Owner, isDry: boolean): Facts {
  try {
    const folder = dirname(place.file);
    const refusal = place.volatile ? refusalOfMemory(folder, owner, isDry) : refusalOf(place.file, owner);
    const { type, bsize, blocks } = statfsSync(nearest(folder));
    // The numbers are Linux's.
    const network = process.platform === "linux" ? networkOf(type) : null;
    return { ...place, refusal, network, bytes: bsize * blocks };
  } catch (error) {
    return { ...place, refusal: (error as NodeJS.ErrnoException).code ?? String(error), network: null, bytes: 0 };
  }
}

/** The folder, or the first above it that is there. */
export function nearest(folder: string): string {
  return statSync(folder, { throwIfNoEntry: false }) ? folder : nearest(dirname(folder));
}

function refusalOf(file: string, owner: Owner): string | null {
  const folder = dirname(file);
  const there = nearest(folder);
  accessSync(`${there}/`, constants.W_OK | constants.X_OK);
  if (owner.foreign) return isOpenTo(owner, folder, there) ? null : "EACCES";
  if (statSync(file, { throwIfNoEntry: false })) accessSync(file, constants.R_OK | constants.W_OK);
  return null;
}

/** Whether another user gets there, and may write once it is there. To create it is root's, who may always. */
function isOpenTo(owner: Owner, folder: string, there: string): boolean {
  return ancestors(there).every((path) => mayEnter(owner, path)) && (there !== folder || mayWrite(owner, folder));
}

/** The folder itself, and all above it. */
function ancestors(folder: string): readonly string[] {
  const parent = dirname(folder);
  return parent === folder ? [folder] : [folder, ...ancestors(parent)];
}

function mayEnter(owner: Owner, path: string): boolean {
  return (bitsFor(owner, statSync(path)) & 0o1) === 0o1;
}

export function mayWrite(owner: Owner, path: string): boolean {
  return (bitsFor(owner, statSync(path)) & 0o3) === 0o3;
}

function bitsFor({ uid, gid }: Owner, stats: Stats): number {
  if (stats.uid === uid) return stats.mode >> 6;
  return stats.gid === gid ? stats.mode >> 3 : stats.mode;
}
