import { closeSync, openSync, readSync, statfsSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { problemWith } from "../../placement/choose-place.ts";
import { lookAt, nearest, type Owner } from "../../placement/look-at.ts";

/** File systems in which root may write, and nobody can make a file: by their magic numbers in Linux's statfs(2). */
const NO_FILES: ReadonlySet<number> = new Set([0x9fa0, 0x62656572, 0x27e0eb, 0x63677270]);
const HEADER = "SQLite format 3\0";

/** Why a store cannot be in that file, in words that follow its name; null: it can. Nothing is created to find out. */
export function problemWithFile(file: string, owner: Owner): string | null {
  return problemWith(lookAt({ file, volatile: false }, owner, true)) ?? problemOf(file);
}

function problemOf(file: string): string | null {
  const stats = statSync(file, { throwIfNoEntry: false });
  if (stats === undefined) {
    const isPseudo = process.platform === "linux" && NO_FILES.has(statfsSync(nearest(dirname(file))).type);
    return isPseudo ? "cannot be made: its file system holds no files" : null;
  }
  if (!stats.isFile()) return `is ${stats.isDirectory() ? "a folder" : "no file"}`;
  return stats.size === 0 || startOf(file) === HEADER ? null : "is there, and is no SQLite file";
}

/** Closing it drops no lock: no store is open in this process. */
function startOf(file: string): string {
  const opened = openSync(file, "r");
  try {
    const start = Buffer.alloc(HEADER.length);
    readSync(opened, start);
    return start.toString("latin1");
  } finally {
    closeSync(opened);
  }
}
