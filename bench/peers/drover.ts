import { join } from "node:path";
import { spawned } from "./spawned.ts";

const CLI = join(import.meta.dirname, "../../dist/cli.js");

/** With every default on, but that nobody reads its log. */
export const drover = spawned("Drover", ({ node, app, port, workers, folder }) => ({
  file: node,
  args: [CLI, "start", app, "-p", String(port), "-w", String(workers), "--name", "bench"],
  env: { DROVER_HOME: join(folder, "home") },
}));
