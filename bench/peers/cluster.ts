import { join } from "node:path";
import { spawned } from "./spawned.ts";

const file = join(import.meta.dirname, "cluster.js");

const cluster = (name: string, policy: "rr" | "none") =>
  spawned(name, ({ node, app, workers }) => ({
    file: node,
    args: [file],
    env: { APP: app, WORKERS: String(workers), NODE_CLUSTER_SCHED_POLICY: policy },
  }));

/** As the tutorials write it: the primary accepts and hands connections over. */
export const roundRobin = cluster("node:cluster", "rr");
/** The workers accept. */
export const schedNone = cluster("node:cluster, SCHED_NONE", "none");
