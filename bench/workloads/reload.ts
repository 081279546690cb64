import { losses, STRICT_NOTE } from "./loss.ts";
import type { Workload } from "./workload.ts";

export const reload: Workload = {
  title: "Requests lost in a reload",
  note:
    `${STRICT_NOTE} The app has no handler for signals. Each peer reloads as its documentation says; by hand, node:cluster forks ` +
    "a new worker, disconnects the old one when the new one listens, and ends it after 2 s if clients keep their connections; " +
    "for nginx, each node process in turn gets SIGTERM and is started again.",
  app: "fallible",
  compare: "lost",
  goals: [{ atMost: 0, always: true }],
  run: losses(
    async ({ peer, started }) => {
      if (!started.reload) throw new Error(`${peer.name} has no reload`);
      const since = performance.now();
      await started.reload();
      return performance.now() - since;
    },
    { events: 2, took: "ms to reload" },
  ),
};
