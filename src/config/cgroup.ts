import { dirname, join } from "node:path/posix";

/** Reads a file; null: it is not there. */
export type Read = (file: string) => string | null;

/**
 * The folders of our cgroup and of all above it, since each may hold the tightest limit, where one controller's files are (v1 and v2). In a container the path
 * often is the host's and not mounted; the walk then ends at the mount point, which is the container's own cgroup.
 */
export function cgroupFolders(read: Read, controller: "cpu" | "memory"): readonly string[] {
  return (read("/proc/self/cgroup") ?? "").split("\n").flatMap((line) => {
    const [, controllers = "", path = ""] = /^\d+:([^:]*):(.+)$/.exec(line) ?? [];
    if (path === "") return [];
    if (controllers === "") return upwards("/sys/fs/cgroup", path);
    if (!controllers.split(",").includes(controller)) return [];
    return [...new Set([controllers, controller])].flatMap((name) => upwards(`/sys/fs/cgroup/${name}`, path));
  });
}

function upwards(mount: string, path: string): readonly string[] {
  // A cgroup outside our namespace shows as /../..: joined to the root, its dots cannot leave the mount.
  const from = join("/", path);
  return from === "/" ? [mount] : [join(mount, from), ...upwards(mount, dirname(from))];
}
