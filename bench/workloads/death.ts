import { harm, losses, now, recovery, STRICT_NOTE } from "./loss.ts";
import type { Workload } from "./workload.ts";

const EVENTS = 3;
const RECOVERY_LIMIT_MS = 3000;

export const kill: Workload = {
  title: "Requests lost when a worker is killed (kill -9)",
  note:
    `${STRICT_NOTE} What the worker had under way is lost whoever supervises it. *ms to recover*: until as many workers answer as before. ` +
    "Watt's workers are threads, which cannot be killed: see the next table.",
  app: "fallible",
  peers: ["drover", "cluster", "none", "pm2", "nginx"],
  compare: "lost",
  goals: [],
  run: losses(
    async ({ started }, client) => {
      const [victim] = started.workers();
      if (victim === undefined) return null;
      const since = now();
      const known = client.workers.size;
      process.kill(victim, "SIGKILL");
      return recovery(client, known, since, RECOVERY_LIMIT_MS);
    },
    { events: EVENTS, took: "ms to recover" },
  ),
};

export const crash: Workload = {
  title: "Requests lost when a worker dies of an error that nobody caught",
  note: `${STRICT_NOTE} The request after which the worker dies is answered, and not counted: a proxy would ask the next worker what this one dies of.`,
  app: "fallible",
  compare: "lost",
  goals: [],
  run: losses((subject, client) => harm("/crash", subject, client, RECOVERY_LIMIT_MS), {
    events: EVENTS,
    took: "ms to recover",
  }),
};
