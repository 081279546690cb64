import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { isAlive } from "./launch.ts";
import { reloading } from "./reloading.ts";
import { spawned } from "./spawned.ts";

const RELOAD_LIMIT_MS = 20_000;

/** What people write by hand; Bun runs it too. */
export const CLUSTER = join(import.meta.dirname, "cluster.js");

const cluster = (name: string, policy: "rr" | "none") =>
  reloading(
    spawned(name, ({ node, app, workers }) => ({
      file: node,
      args: [CLUSTER],
      env: { APP: app, WORKERS: String(workers), NODE_CLUSTER_SCHED_POLICY: policy },
    })),
    async (_, started) => {
      const [primary = 0] = started.roots;
      const old = started.workers();
      const deadline = performance.now() + RELOAD_LIMIT_MS;
      process.kill(primary, "SIGHUP");
      while (old.some(isAlive)) {
        if (performance.now() > deadline) throw new Error(`${name}: not reloaded after ${RELOAD_LIMIT_MS / 1000} s`);
        await sleep(10);
      }
    },
  );

/** As the tutorials write it: the primary accepts and hands connections over. */
export const roundRobin = cluster("node:cluster", "rr");
/** The workers accept. */
export const schedNone = cluster("node:cluster, SCHED_NONE", "none");
