import { runApart } from "../load/apart.ts";
import type { HandshakePlan, Shaken } from "../load/handshake-plan.ts";
import { cpuOf } from "../tree.ts";
import type { Workload } from "./workload.ts";

const CLIENTS = 32;
const WARM_UP = 0.5;

function shaking(plan: Omit<HandshakePlan, "clients">): Workload["run"] {
  return async ({ started, port }, scale) => {
    const shake = (share: number): Promise<Shaken> => {
      const handshakes = Math.ceil(plan.handshakes * scale * share);
      return runApart<Shaken>("handshakes.ts", { ...plan, handshakes, clients: CLIENTS }, port);
    };
    await shake(WARM_UP);
    const before = cpuOf(started);
    const { done, resumed, errors } = await shake(1);
    const spent = cpuOf(started) - before;
    const seconds = spent / 1e6;
    return {
      "handshakes/CPU s": done / seconds,
      "resumed/CPU s": resumed / seconds,
      "resumed %": (resumed / done) * 100,
      errors,
    };
  };
}

export const handshake: Workload = {
  title: `Full TLS handshakes, ${CLIENTS} at a time`,
  note: "TLS 1.3, a certificate with a P-256 key.",
  app: "https",
  protocol: "https",
  compare: "handshakes/CPU s",
  goals: [],
  run: shaking({ handshakes: 2000, resume: false }),
};

export const resumption: Workload = {
  title: `Resumed TLS handshakes, 4 workers, ${CLIENTS} at a time`,
  note:
    "TLS 1.3. Each client comes with the newest ticket it was given, by whichever worker: it does not know which one it will meet. " +
    "Where the workers do not share their keys, a ticket is worth something in the worker that gave it only: elsewhere the client pays for a full handshake, which does not count here.",
  app: "https",
  protocol: "https",
  workers: 4,
  compare: "resumed/CPU s",
  goals: [
    { of: "cluster", atLeast: 1 },
    { of: "watt", atLeast: 1.5 },
  ],
  run: shaking({ handshakes: 2400, resume: true }),
};
