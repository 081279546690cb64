import { join } from "node:path";
import { endTrees, launch } from "./launch.ts";
import type { Peer, Task } from "./peer.ts";

const PRELOAD = join(import.meta.dirname, "reuse-port.js");

async function start(task: Task) {
  const command = { file: task.node, args: ["--import", PRELOAD, task.app] };
  const roots = Array.from({ length: task.workers }, () => launch(command, task));
  return { roots, workers: () => roots, stop: () => endTrees(roots) };
}

/** Processes that nobody supervises, which share the port by SO_REUSEPORT. */
export const reusePort: Peer = { name: "node, reusePort", reference: true, start };
