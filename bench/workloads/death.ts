import { get } from "../subject.ts";
import { losses, now, recovery, STRICT_NOTE } from "./loss.ts";
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
  note: `${STRICT_NOTE} The request that crashes the worker is not counted.`,
  app: "fallible",
  compare: "lost",
  goals: [],
  run: losses(
    async (subject, client) => {
      const since = now();
      const known = client.workers.size;
      const socket = subject.open();
      // Not waited for: who accepts for the worker may never let go of a connection that died with it.
      void get(socket, "/crash");
      const took = await recovery(client, known, since, RECOVERY_LIMIT_MS);
      socket.destroy();
      return took;
    },
    { events: EVENTS, took: "ms to recover" },
  ),
};
