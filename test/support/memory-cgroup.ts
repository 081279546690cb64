import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const ROOTS = [
  { folder: "/sys/fs/cgroup/memory", file: "memory.limit_in_bytes", swap: "memory.memsw.limit_in_bytes", most: null },
  { folder: "/sys/fs/cgroup", file: "memory.max", swap: "memory.swap.max", most: 0 },
];

/**
 * Runs with a command that becomes the one behind it, in a cgroup of so many bytes, in whole pages (v1 or v2). Answers false where we may make none.
 * The processes in it must have ended by then.
 */
export async function inMemoryCgroup(
  bytes: number,
  run: (through: readonly string[]) => Promise<void>,
): Promise<boolean> {
  const group = make(bytes);
  if (group === null) return false;
  try {
    await run(["sh", "-c", `echo $$ > ${join(group, "cgroup.procs")} && exec "$@"`, "sh"]);
  } finally {
    remove(group);
  }
  return true;
}

function make(bytes: number): string | null {
  for (const { folder, file, swap, most } of ROOTS) {
    // Where v1 is mounted, what is above it is no cgroup but a folder that takes any file.
    if (!existsSync(join(folder, file === "memory.max" ? "cgroup.controllers" : file))) continue;
    const group = join(folder, `drover-test-${process.pid}`);
    try {
      mkdirSync(group);
    } catch {
      continue;
    }
    // The limit of v1 is that of memory and swap together. Where there is no swap it may be missing.
    if (isLimited(join(group, file), bytes)) {
      isLimited(join(group, swap), most ?? bytes);
      return group;
    }
    remove(group);
  }
  return null;
}

/** Whatever went wrong before is the better error. */
function remove(group: string): void {
  try {
    rmdirSync(group);
  } catch {
    return;
  }
}

function isLimited(file: string, bytes: number): boolean {
  try {
    writeFileSync(file, String(bytes));
    return Number(readFileSync(file, "utf8")) === bytes;
  } catch {
    return false;
  }
}
