import { cgroupFolders, type Read } from "./cgroup.ts";

/** `memory.high`: above it the kernel slows its processes down, so that nobody wants to live there. */
const FILES = ["memory.max", "memory.high", "memory.limit_in_bytes"];

/**
 * Bytes that this process and all others of its cgroup (v1 and v2) may use together; null: as much as the machine has.
 * @param total bytes of the machine
 */
export function memoryLimit(read: Read, total: number): number | null {
  const limits = cgroupFolders(read, "memory")
    .flatMap((folder) => FILES.map((file) => Number(read(`${folder}/${file}`)?.trim() || Number.NaN)))
    // "max" reads as NaN, and without a limit v1 says a number beyond any machine.
    .filter((limit) => limit > 0 && limit < total);
  return limits.length === 0 ? null : Math.min(...limits);
}
