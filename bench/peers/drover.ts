import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import type { Task } from "./peer.ts";
import { reloading } from "./reloading.ts";
import { spawned } from "./spawned.ts";

/** As it was built last. */
export const CLI = join(import.meta.dirname, "../../dist/cli.js");
const NAME = "bench";

const env = ({ folder }: Task): Record<string, string> => ({ DROVER_HOME: join(folder, "home") });

/** With every default on, but that nobody reads its log. */
export const drover = reloading(
  spawned("Drover", (task) => ({
    file: task.node,
    args: [CLI, "start", task.app, "-p", String(task.port), "-w", String(task.workers), "--name", NAME],
    env: env(task),
  })),
  async (task) => {
    await promisify(execFile)(task.node, [CLI, "reload", "--name", NAME], { env: { ...process.env, ...env(task) } });
  },
);
