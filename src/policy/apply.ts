import type { Fleet, FleetEvent, Limits, SlotHistory, Verdict, Worker } from "./fleet.ts";
import { isProven } from "./restart.ts";

/** What happened, as a new fleet. Events about workers that are gone change nothing. */
export function apply(fleet: Fleet, event: FleetEvent, now: number, limits: Limits): Fleet {
  return withReadiness(change(fleet, event, now, limits), now);
}

function change(fleet: Fleet, event: FleetEvent, now: number, limits: Limits): Fleet {
  switch (event.type) {
    case "forked":
      return { ...fleet, workers: [...fleet.workers, newWorker(event.worker, event.slot, fleet.generation, now)] };
    case "ready":
      return update(fleet, event.worker, (worker) =>
        worker.state === "starting" ? { ...worker, state: "ready", readyAt: now } : worker,
      );
    case "answered":
      return update(fleet, event.worker, (worker) => ({ ...worker, answered: true }));
    case "draining":
      return drained(fleet, event.worker, now, limits);
    case "killed":
      return update(fleet, event.worker, (worker) => ({ ...worker, killed: true }));
    case "exited":
      return exited(fleet, event.worker, event.verdict, now, limits);
    case "stop":
      if (fleet.phase === "given-up") return fleet;
      return { ...fleet, phase: event.now || fleet.phase === "stopping-now" ? "stopping-now" : "stopping" };
    case "listeners-closed":
      return { ...fleet, listenersHeld: false };
    case "stand-in":
      return { ...fleet, standIn: event.running };
  }
}

function newWorker(id: number, slot: number, generation: number, now: number): Worker {
  const fresh = { readyAt: null, drainingSince: null, answered: false, killed: false } as const;
  return { id, slot, generation, state: "starting", forkedAt: now, ...fresh };
}

function update(fleet: Fleet, id: number, change: (worker: Worker) => Worker): Fleet {
  return { ...fleet, workers: fleet.workers.map((worker) => (worker.id === id ? change(worker) : worker)) };
}

/** A slot is vacant from the moment its worker drains, so that the replacement need not wait for the last request. */
function drained(fleet: Fleet, id: number, now: number, limits: Limits): Fleet {
  const worker = fleet.workers.find((one) => one.id === id);
  if (!worker || worker.state === "draining") return fleet;
  const leaving = update(fleet, id, (one) => ({ ...one, state: "draining", drainingSince: now }));
  return { ...leaving, history: vacate(fleet, worker, now, limits) };
}

function exited(fleet: Fleet, id: number, verdict: Verdict, now: number, limits: Limits): Fleet {
  const worker = fleet.workers.find((one) => one.id === id);
  if (!worker) return fleet;
  const left = { ...fleet, workers: fleet.workers.filter((one) => one.id !== id) };
  if (verdict === "excused") return left;
  const vacated = worker.state === "draining" ? left : { ...left, history: vacate(fleet, worker, now, limits) };
  return worker.readyAt === null ? bootFailed(vacated, worker.slot, verdict, limits) : vacated;
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
