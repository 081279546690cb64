import { existsSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { AppError } from "../../errors.ts";

/** Of a folder. `mode`: its bits for permissions and the sticky one. */
export interface Rights {
  readonly path: string;
  readonly uid: number;
  readonly mode: number;
}

const WRITABLE_BY_OTHERS = 0o022;
/** Whoever may write there can rename and remove what is their own only. */
const STICKY = 0o1000;

/**
 * For a process of root's: whoever can put files beside the one it writes could have it write, or nginx read, what they like.
 * @param path absolute, without links
 * @throws AppError USAGE
 */
export function demandRootAlone(path: string): void {
  const reason = whoElse(rightsAbove(path));
  if (reason === null) return;
  const hint =
    "Put it below a folder that is root's, /etc/nginx/conf.d for one. Or run this as that user, with --nginx 'sudo nginx'.";
  throw new AppError("USAGE", `flag --sync: expected a file where root alone can write, got ${path}: ${reason}`, hint);
}

/** Who else may write; null: nobody. `folders`: the file's own first, then each that the one before is in. */
export function whoElse(folders: readonly Rights[]): string | null {
  for (const [index, { path, uid, mode }] of folders.entries()) {
    if (uid !== 0) return `${path} is the user's with the id ${uid}`;
    const keepsOthers = index > 0 && (mode & STICKY) !== 0;
    if ((mode & WRITABLE_BY_OTHERS) !== 0 && !keepsOthers) return `others may write to ${path}`;
  }
  return null;
}

/** What is not there yet, only those can make who may write to what is. */
function rightsAbove(path: string): readonly Rights[] {
  const folder = dirname(path);
  const above = folder === path ? [] : rightsAbove(folder);
  if (folder === path || !existsSync(folder)) return above;
  const { uid, mode } = statSync(folder);
  return [{ path: folder, uid, mode: mode & 0o7777 }, ...above];
}
