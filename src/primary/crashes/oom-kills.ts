import { dirname, join } from "node:path/posix";

/** Reads a small file whole; null where it cannot be read. */
export type Read = (file: string) => string | null;

/** How long the kernel's count may be ahead of a death that we have not heard of yet. Milliseconds. */
const AHEAD = 2_000;

/**
 * Whose kill a SIGKILL was. The kernel counts what its OOM killer does in each cgroup: one more than before, about when a worker dies of SIGKILL, is that
 * worker. Looked at once a second, so that a kill of something else is no news when a worker dies later.
 */
export class OomKills {
  readonly #count: () => number | null;
  #before: number | null;
  /** Kills that no death has been found for, and when they were seen. */
  #unclaimed: readonly number[] = [];

  /** @param count of all kills so far; null: not known */
  constructor(count: () => number | null) {
    this.#count = count;
    this.#before = count();
  }

  /** @param now in milliseconds, on any clock */
  look(now: number): void {
    const count = this.#count();
    const rise = count === null || this.#before === null ? 0 : Math.max(0, count - this.#before);
    this.#before = count;
    const fresh = this.#unclaimed.filter((at) => now - at <= AHEAD);
    this.#unclaimed = [...fresh, ...Array.from({ length: Math.min(rise, MOST) }, () => now)];
  }

  /** Whether a worker that has died of SIGKILL was one of them. */
  claim(now: number): boolean {
    this.look(now);
    const [first, ...others] = this.#unclaimed;
    this.#unclaimed = others;
    return first !== undefined;
  }
}

const MOST = 1_000;

/**
 * Finds the counter of our own cgroup, in which our workers are, too: v2, else v1, else the one of the whole machine.
 * @param mount where cgroups are
 */
export function oomCounter(read: Read, mount = "/sys/fs/cgroup"): () => number | null {
  const files = counters(read("/proc/self/cgroup") ?? "", mount);
  const file = files.find((candidate) => countIn(read(candidate)) !== null);
  return () => (file === undefined ? null : countIn(read(file)));
}

/** A cgroup without the memory controller has no counter, and one above it counts for it. */
function counters(membership: string, mount: string): readonly string[] {
  const found = membership.split("\n").flatMap((line) => {
    const [, controllers = "", path = ""] = /^\d+:([^:]*):(.+)$/.exec(line) ?? [];
    if (path === "") return [];
    if (controllers === "") return upwards(mount, path).map((folder) => `${folder}/memory.events`);
    if (!controllers.split(",").includes("memory")) return [];
    return upwards(`${mount}/memory`, path).map((folder) => `${folder}/memory.oom_control`);
  });
  return [...found, "/proc/vmstat"];
}

function upwards(mount: string, path: string): readonly string[] {
  // A cgroup outside our namespace shows as /../..: joined to the root, its dots cannot leave the mount.
  const from = join("/", path);
  return from === "/" ? [mount] : [join(mount, from), ...upwards(mount, dirname(from))];
}

function countIn(text: string | null): number | null {
  const count = /^oom_kill (\d+)$/m.exec(text ?? "")?.[1];
  return count === undefined ? null : Number(count);
}
