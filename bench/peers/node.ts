import { spawned } from "./spawned.ts";

/** The app alone, in one process: what a supervisor's cost is measured against. */
export const node = spawned("node, one process", (task) => ({ file: task.node, args: [task.app] }), {
  reference: true,
  single: true,
});
