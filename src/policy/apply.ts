import type { Fleet, FleetEvent, Limits, Reload, SlotHistory, Verdict, Worker } from "./fleet.ts";
import { condemns } from "./reload.ts";
import { isProven } from "./restart.ts";
import { isFull, isServed } from "./slots.ts";

/** What happened, as a new fleet. Events about workers that are gone change nothing. */
export function apply(fleet: Fleet, event: FleetEvent, now: number, limits: Limits): Fleet {
  return withReadiness(withTail(change(fleet, event, now, limits)), now);
}

function change(fleet: Fleet, event: FleetEvent, now: number, limits: Limits): Fleet {
  switch (event.type) {
    case "forked":
      return { ...fleet, workers: [...fleet.workers, newWorker(event, now)] };
    case "ready":
      return update(fleet, event.worker, (worker) =>
        worker.state === "starting" ? { ...worker, state: "ready", readyAt: now } : worker,
      );
    case "answered":
      return update(fleet, event.worker, (worker) => ({ ...worker, answered: true }));
    case "draining":
      return drained(fleet, event, now, limits);
    case "overdue":
      return update(fleet, event.worker, (worker) => ({ ...worker, overdue: true }));
    case "hung":
      return update(fleet, event.worker, (worker) => ({ ...worker, hung: true }));
    case "recycle":
      return update(fleet, event.worker, (worker) =>
        worker.state === "ready" && worker.recycle === null ? { ...worker, recycle: event.reason } : worker,
      );
    case "killed":
      return update(fleet, event.worker, (worker) => ({ ...worker, killed: true }));
    case "exited":
      return exited(fleet, event.worker, event.verdict, now, limits);
    case "stop":
      return stopped(fleet, event.now, now, limits);
    case "scale":
      return { ...fleet, size: event.size };
    case "reload":
      return reloading(fleet, event.to, event.how);
    case "proved":
      return inPhase(fleet, "roll");
    case "reload-ended":
      return { ...fleet, reload: null };
    case "listeners-closed":
      return { ...fleet, listenersHeld: false };
    case "stand-in":
      return { ...fleet, standIn: event.running };
  }
}

function newWorker({ worker: id, slot, generation }: Extract<FleetEvent, { type: "forked" }>, now: number): Worker {
  const fresh = {
    readyAt: null,
    drainingSince: null,
    answered: false,
    overdue: false,
    hung: false,
    killed: false,
    recycle: null,
  } as const;
  return { id, slot, generation, state: "starting", forkedAt: now, ...fresh };
}

function stopped(fleet: Fleet, atOnce: boolean, now: number, limits: Limits): Fleet {
  if (fleet.phase === "given-up" || fleet.phase === "stopping-now") return fleet;
  if (atOnce) return { ...fleet, phase: "stopping-now" };
  if (fleet.phase === "running" && limits.lameduck > 0)
    return { ...fleet, phase: "lameduck", stopAt: now + limits.lameduck };
  return { ...fleet, phase: "stopping" };
}

function reloading(fleet: Fleet, to: number, how: Reload["how"]): Fleet {
  if (fleet.phase !== "running" || fleet.reload) return fleet;
  const reload: Reload = { from: fleet.generation, to, how, phase: how === "rolling" ? "trial" : "roll", stuck: false };
  return { ...fleet, reload, history: new Map() };
}

/** The waits that one generation has earned are not the next one's. */
function inPhase(fleet: Fleet, phase: Reload["phase"]): Fleet {
  return fleet.reload ? { ...fleet, reload: { ...fleet.reload, phase }, history: new Map() } : fleet;
}

/** With every slot replaced there is no way back, and none needed. */
function withTail(fleet: Fleet): Fleet {
  const { reload } = fleet;
  if (reload?.phase !== "roll" || !isFull(fleet)) return fleet;
  return { ...fleet, generation: reload.to, reload: { ...reload, phase: "tail" } };
}

function update(fleet: Fleet, id: number, change: (worker: Worker) => Worker): Fleet {
  return { ...fleet, workers: fleet.workers.map((worker) => (worker.id === id ? change(worker) : worker)) };
}

/** A slot is vacant from the moment its worker drains, so that the replacement need not wait for the last request. */
function drained(fleet: Fleet, event: Extract<FleetEvent, { type: "draining" }>, now: number, limits: Limits): Fleet {
  const worker = fleet.workers.find((one) => one.id === event.worker);
  if (!worker || worker.state === "draining") return fleet;
  const leaving = update(fleet, worker.id, (one) => ({ ...one, state: "draining", drainingSince: now }));
  // What we order says nothing of the worker.
  if (event.why === "told") return leaving;
  return judged({ ...leaving, history: vacate(fleet, worker, now, limits) }, worker, now, limits);
}

function exited(fleet: Fleet, id: number, verdict: Verdict, now: number, limits: Limits): Fleet {
  const worker = fleet.workers.find((one) => one.id === id);
  if (!worker) return fleet;
  const left = { ...fleet, workers: fleet.workers.filter((one) => one.id !== id) };
  if (verdict === "excused" || worker.state === "draining" || isCondemned(fleet, worker)) return left;
  const vacated = { ...left, history: vacate(fleet, worker, now, limits) };
  const failed = worker.readyAt === null ? bootFailed(vacated, worker.slot, verdict, limits) : vacated;
  return judged(failed, worker, now, limits);
}

/** Its generation has failed already; what becomes of it says nothing of its slot. */
function isCondemned({ reload }: Fleet, worker: Worker): boolean {
  return reload?.phase === "back" && worker.generation === reload.to;
}

/** The end of a worker may be the end of its generation. */
function judged(fleet: Fleet, worker: Worker, now: number, limits: Limits): Fleet {
  const { reload } = fleet;
  if (condemns(reload, worker, now, limits)) return inPhase(fleet, "back");
  const isOld = reload?.phase === "back" && worker.generation === reload.from;
  // A slot that is served needs no way back: this one was to recycle its worker.
  const barred = isOld && worker.readyAt === null && !isServed(fleet, worker.slot);
  return barred ? { ...fleet, reload: { ...reload, stuck: true } } : fleet;
}

/** Once anything was ready nothing here gives up: what still serves must go on serving. */
function bootFailed(fleet: Fleet, slot: number, verdict: Verdict, limits: Limits): Fleet {
  if (fleet.everReady || fleet.phase !== "running") return fleet;
  const failures = fleet.history.get(slot)?.failures ?? 0;
  const gaveUp = verdict === "hopeless" || failures >= limits.bootAttempts;
  return { ...fleet, phase: gaveUp ? "given-up" : "running" };
}

function vacate(fleet: Fleet, worker: Worker, now: number, limits: Limits): ReadonlyMap<number, SlotHistory> {
  const before = fleet.history.get(worker.slot)?.failures ?? 0;
  const failures = isProven(worker, now, limits) ? 0 : before + 1;
  return new Map(fleet.history).set(worker.slot, { failures, vacatedAt: now });
}

function withReadiness(fleet: Fleet, now: number): Fleet {
  const ready = fleet.workers.some((worker) => worker.state === "ready");
  if (ready) return { ...fleet, everReady: true, noneReadySince: null };
  return { ...fleet, noneReadySince: fleet.noneReadySince ?? now };
}
