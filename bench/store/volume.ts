import { readFileSync, realpathSync } from "node:fs";

/** The kind of file system that holds the folder: `ext4`, `tmpfs`. */
export function fileSystemOf(folder: string): string {
  const path = `${realpathSync(folder)}/`;
  const mounts = readFileSync("/proc/self/mounts", "utf8")
    .split("\n")
    .map((line) => line.split(" "))
    .map(([, point = "", type = ""]) => ({ point: point.endsWith("/") ? point : `${point}/`, type }))
    .filter(({ point, type }) => type !== "" && path.startsWith(point));
  return mounts.toSorted((a, b) => a.point.length - b.point.length).at(-1)?.type ?? "unknown";
}
