import { setTimeout as sleep } from "node:timers/promises";
import { harm, losses, STRICT_NOTE } from "./loss.ts";
import type { Workload } from "./workload.ts";

const WATCHED_MS = 8000;

export const hang: Workload = {
  title: `Requests lost in the ${WATCHED_MS / 1000} s after one worker began to loop for ever`,
  note: `${STRICT_NOTE} Latencies are of those that were answered. Without *ms to recover*, nobody had replaced the worker by then.`,
  app: "fallible",
  compare: "lost",
  goals: [],
  run: losses(
    async (subject, client) => {
      const [took] = await Promise.all([harm("/hang", subject, client, WATCHED_MS), sleep(WATCHED_MS)]);
      return took;
    },
    { events: 1, took: "ms to recover" },
  ),
};
