import { symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { installed } from "./installed.ts";
import { complete, endTrees, launch } from "./launch.ts";
import type { Peer, Started, Task } from "./peer.ts";

/** Everything is as it is by default, but the number of workers. */
function configure({ app, workers, folder }: Task): void {
  const config = {
    module: "@platformatic/node",
    node: { main: app },
    runtime: { workers, server: { hostname: "127.0.0.1", port: "{PORT}" } },
  };
  writeFileSync(join(folder, "watt.json"), JSON.stringify(config, null, 2));
  writeFileSync(join(folder, "package.json"), JSON.stringify({ name: "bench", private: true, type: "module" }));
  symlinkSync(installed(), join(folder, "node_modules"));
}

async function start(task: Task): Promise<Started> {
  configure(task);
  const wattpm = installed("wattpm/bin/cli.js");
  const pid = launch({ file: task.node, args: [wattpm, "start"] }, task);
  return {
    roots: [pid],
    workers: () => [pid],
    reload: () => complete({ file: task.node, args: [wattpm, "restart", String(pid)] }, task),
    stop: () => endTrees([pid]),
  };
}

/** Its workers are threads of one process. */
export const watt: Peer = { name: "Watt", needs: { packages: ["wattpm", "@platformatic/node"] }, start };
