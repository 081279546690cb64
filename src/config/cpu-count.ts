import { cgroupFolders, type Read } from "./cgroup.ts";

export interface CpuCount {
  /** How many workers keep these CPUs busy, at least 1. */
  readonly count: number;
  /** Why that many, for the log: `2 CPUs`, `cgroup quota of 1.5 CPUs`. */
  readonly why: string;
}

/**
 * CPUs this process may use: the quota of its cgroup (v1 and v2) or the CPUs it may run on, whichever is less.
 * `available` is os.availableParallelism(), used where /proc is absent: under Linux it rounds some quotas down and misses others.
 */
export function cpuCount(read: Read, available: number): CpuCount {
  const allowed = allowedCpus(read) ?? available;
  const quota = smallestQuota(read);
  if (quota === null || quota >= allowed) return { count: allowed, why: cpus(allowed) };
  // Rounded up: a worker runs JavaScript on one thread, so that rounding 1.5 down would leave a third of what is paid for unused.
  return { count: Math.max(1, Math.ceil(quota)), why: `cgroup quota of ${cpus(Number(quota.toFixed(2)))}` };
}

function cpus(count: number): string {
  return `${count} ${count === 1 ? "CPU" : "CPUs"}`;
}

/** Affinity and cpusets, which the kernel has already combined: `Cpus_allowed_list: 0-3,8`. */
function allowedCpus(read: Read): number | null {
  const list = /^Cpus_allowed_list:\s*(\S+)$/m.exec(read("/proc/self/status") ?? "")?.[1];
  if (list === undefined) return null;
  const sizes = list.split(",").map((range) => {
    const [first, last = first] = range.split("-").map(Number);
    return (last ?? 0) - (first ?? 0) + 1;
  });
  const count = sizes.reduce((sum, size) => sum + size, 0);
  return count >= 1 ? count : null;
}

function smallestQuota(read: Read): number | null {
  const quotas = cgroupFolders(read, "cpu").map((folder) => quotaOf(folder, read));
  const set = quotas.filter((quota) => quota !== null);
  return set.length === 0 ? null : Math.min(...set);
}

function quotaOf(folder: string, read: Read): number | null {
  const [quota, period] = (read(`${folder}/cpu.max`) ?? "").trim().split(" ").map(Number);
  const v1 = () =>
    [read(`${folder}/cpu.cfs_quota_us`), read(`${folder}/cpu.cfs_period_us`)].map((text) => Number(text ?? Number.NaN));
  const [microseconds = Number.NaN, per = Number.NaN] = period === undefined ? v1() : [quota, period];
  // "max" reads as NaN, and v1 says -1: no quota.
  return microseconds > 0 && per > 0 ? microseconds / per : null;
}
