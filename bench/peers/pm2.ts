import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { pidsOf } from "../tree.ts";
import { installed } from "./installed.ts";
import { complete, launch, untilGone, type Command } from "./launch.ts";
import type { Peer, Started, Task } from "./peer.ts";

const DAEMON_LIMIT_MS = 30_000;

/** pm2 of a home of its own, run by the task's Node, which its daemon and the workers then run on as well. */
const pm2With =
  ({ node, folder }: Task) =>
  (...args: readonly string[]): Command => ({
    file: node,
    args: [installed("pm2/bin/pm2"), ...args],
    // The latter two: or it asks a server of its maker's for news, on its first start and once a day.
    env: { PM2_HOME: folder, PM2_DISCRETE_MODE: "true", PM2_DISABLE_VERSION_CHECK: "true" },
  });

async function start(task: Task): Promise<Started> {
  const pm2 = pm2With(task);
  const command = launch(pm2("start", task.app, "-i", String(task.workers), "--name", "bench"), task);
  const daemon = await pidOfDaemon(join(task.folder, "pm2.pid"));
  return {
    roots: [daemon],
    workers: () => pidsOf(daemon).filter((pid) => pid !== daemon),
    reload: () => complete(pm2("reload", "bench"), task),
    stop: async () => {
      await untilGone([command]);
      const pids = pidsOf(daemon);
      await complete(pm2("kill"), task);
      await untilGone(pids);
    },
  };
}

async function pidOfDaemon(file: string): Promise<number> {
  const deadline = performance.now() + DAEMON_LIMIT_MS;
  while (performance.now() < deadline) {
    const pid = existsSync(file) ? Number(readFileSync(file, "utf8")) : 0;
    if (pid > 0) return pid;
    await sleep(1);
  }
  throw new Error(`pm2's daemon did not start: expected ${file}`);
}

/** In cluster mode, which `-i` is. */
export const pm2: Peer = { name: "pm2 -i", needs: { packages: ["pm2"] }, start };
