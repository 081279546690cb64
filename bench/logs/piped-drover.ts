import { join } from "node:path";
import type { Readable } from "node:stream";
import { CLI } from "../peers/drover.ts";
import { spawnIn } from "../peers/launch.ts";
import type { Peer, Started } from "../peers/peer.ts";
import { startedAt } from "../peers/spawned.ts";

/** Its log can be read, and must be. */
export interface Piped extends Started {
  readonly stdout: Readable;
}

/** Drover with further flags, its log in JSON through a pipe. */
export const pipedDrover = (name: string, flags: readonly string[]): Peer<Piped> => ({
  name,
  start: async (task) => {
    const { node, app, port, workers, folder } = task;
    const own = ["-p", String(port), "-w", String(workers), "--log-format", "json", "--name", "bench"];
    const env = { DROVER_HOME: join(folder, "home") };
    const { pid, stdout } = spawnIn({ file: node, args: [CLI, "start", app, ...own, ...flags], env }, task, "pipe");
    if (pid === undefined || !stdout) throw new Error(`${name} cannot be started`);
    return { ...startedAt(pid), stdout };
  },
});
