import { accessSync, constants, lchownSync, lstatSync, mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { MEMORY } from "./choose-place.ts";
import type { Owner } from "./look-at.ts";

/**
 * Why the store cannot be in that folder in memory, as an errno's name; null: it can. Anyone may write to {@link MEMORY}, so whose folder it is there is made
 * sure of here, before a worker follows it: it is created and, wherever it came from, the owner's alone.
 * @param folder the store's, one below the owner's
 * @param isDry creates nothing
 */
export function refusalOfMemory(folder: string, owner: Owner, isDry: boolean): string | null {
  const own = dirname(folder);
  accessSync(MEMORY, constants.W_OK | constants.X_OK);
  if (!isDry) create(own, owner);
  const stats = lstatSync(own, { throwIfNoEntry: false });
  if (stats === undefined) return null;
  return stats.isDirectory() && stats.uid === owner.uid && (stats.mode & 0o077) === 0 ? null : "EPERM";
}

/** Nobody else can replace it between the two calls: the folder above is sticky. */
function create(own: string, { uid, gid, foreign }: Owner): void {
  try {
    mkdirSync(own, 0o700);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return;
    throw error;
  }
  if (foreign) lchownSync(own, uid, gid);
}
