import { newFleet, type Fleet, type Limits, type Reload, type Worker } from "../../src/policy/fleet.ts";

export const LIMITS: Limits = {
  bootTimeout: 30_000,
  drainTimeout: 20_000,
  hangTimeout: 10_000,
  bootsAtOnce: 4,
  restart: "always",
  bootAttempts: 3,
  backoff: { first: 100, longest: 15_000 },
  standInAfter: 5_000,
  lameduck: 0,
  killSlack: 1_000,
  surge: 1,
  probation: 5_000,
};

/** A ready worker in slot `id`, forked at 0, unless said otherwise. */
export function worker(id: number, changes: Partial<Worker> = {}): Worker {
  const ready = {
    state: "ready",
    forkedAt: 0,
    readyAt: 10,
    drainingSince: null,
    answered: true,
    overdue: false,
    hung: false,
    killed: false,
    recycle: null,
  } as const;
  return { id, slot: id, generation: 1, ...ready, ...changes };
}

export function starting(id: number, changes: Partial<Worker> = {}): Worker {
  return worker(id, { state: "starting", readyAt: null, answered: false, ...changes });
}

export function draining(id: number, changes: Partial<Worker> = {}): Worker {
  return worker(id, { state: "draining", drainingSince: 0, ...changes });
}

/** A running fleet that has been healthy. */
export function fleet(changes: Partial<Fleet> = {}): Fleet {
  const workers = changes.workers ?? [];
  const anyReady = workers.some((one) => one.state === "ready");
  const healthy = { everReady: true, noneReadySince: anyReady ? null : 0 };
  return { ...newFleet(Math.max(1, workers.length), 0), ...healthy, ...changes };
}

/** From generation 1 to 2. */
export const reload = (phase: Reload["phase"], changes: Partial<Reload> = {}): Reload => ({
  from: 1,
  to: 2,
  how: "rolling",
  phase,
  stuck: false,
  ...changes,
});

/** A new generation's worker in slot `slot`; its id is the slot's and ten. */
export const next = (slot: number, changes = {}) => worker(slot + 10, { slot, generation: 2, ...changes });
export const nextStarting = (slot: number, changes = {}) => starting(slot + 10, { slot, generation: 2, ...changes });
export const reloading = (phase: Reload["phase"], workers: Fleet["workers"], changes: Partial<Fleet> = {}): Fleet =>
  fleet({ size: 2, generation: phase === "tail" ? 2 : 1, reload: reload(phase), workers, ...changes });
export const atOnce = (phase: Reload["phase"], workers: Fleet["workers"]): Fleet =>
  reloading(phase, workers, { reload: reload(phase, { how: "at-once" }) });
