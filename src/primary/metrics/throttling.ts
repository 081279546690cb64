import { join } from "node:path/posix";
import type { Family } from "../../protocol/metrics.ts";
import { family } from "../../telemetry/metrics/families.ts";

const ROOT = "/sys/fs/cgroup";

/** How often the CPU quota of our cgroup (v2) has held all processes in it up. Nothing where there is none. `read` throws for a file that is not there. */
export function throttling(read: (file: string) => string): readonly Family[] {
  const stat = readStat(read);
  const figure = (key: string): number => Number(new RegExp(`^${key} (\\d+)$`, "m").exec(stat)?.[1] ?? NaN);
  const [periods, microseconds] = [figure("nr_throttled"), figure("throttled_usec")];
  if (Number.isNaN(periods) || Number.isNaN(microseconds)) return [];
  return [
    family("counter", "drover_cgroup_throttled_periods_total", "Periods in which the CPU quota was used up.", [
      [{}, periods],
    ]),
    family("counter", "drover_cgroup_throttled_seconds_total", "For how long it held processes up.", [
      [{}, microseconds / 1e6],
    ]),
  ];
}

function readStat(read: (file: string) => string): string {
  try {
    const path = /^0::(.+)$/m.exec(read("/proc/self/cgroup"))?.[1] ?? "/";
    return readFirst(read, [join(ROOT, join("/", path), "cpu.stat"), join(ROOT, "cpu.stat")]);
  } catch {
    return "";
  }
}

/** In a container the path often is the host's, and not mounted. */
function readFirst(read: (file: string) => string, [file = "", ...others]: readonly string[]): string {
  try {
    return read(file);
  } catch (error) {
    if (others.length === 0) throw error;
    return readFirst(read, others);
  }
}
