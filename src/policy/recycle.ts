/**
 * A worker that is well is replaced: the next one boots beside it in its slot, and when that serves, the old one leaves. One at a time, until the old one is
 * gone, and none is begun while anything else is under way. A replacement that fails has changed nothing.
 */
import type { Action, Fleet, Limits, Worker } from "./fleet.ts";
import { restartAt } from "./restart.ts";
import { occupants, wanted } from "./slots.ts";

/** The slot whose replacement is to boot now: at most one. */
export function recycling(fleet: Fleet, now: number, limits: Limits): number[] {
  return recyclable(fleet)
    .map(({ slot }) => slot)
    .filter((slot) => restartAt(fleet.history.get(slot), limits) <= now)
    .slice(0, 1);
}

/** Those that may be recycled as soon as their slot's waits are over, the oldest first. */
export function recyclable(fleet: Fleet): readonly Worker[] {
  return isCalm(fleet) ? fleet.workers.filter((worker) => isDue(fleet, worker)) : [];
}

/** Workers whose replacement serves. What a reload replaces as well leaves by the reload's rules. */
export function recycled(fleet: Fleet): Action[] {
  return fleet.workers
    .filter((worker) => isDue(fleet, worker) && isReplaced(fleet, worker))
    .map(({ id }) => ({ type: "drain", worker: id, mode: "leave" }));
}

/** Whether its departure is a recycling, and no reload's, scale's or stop's. */
export function isRecycled(fleet: Fleet, worker: Worker): boolean {
  return worker.recycle !== null && fleet.phase === "running" && isStaying(fleet, worker) && isReplaced(fleet, worker);
}

/** Nothing boots, nobody has to go, and the last one that was recycled is gone. */
function isCalm(fleet: Fleet): boolean {
  if (fleet.phase !== "running" || fleet.reload !== null) return false;
  return fleet.workers.every((worker) => {
    if (worker.state === "draining") return worker.recycle === null;
    return worker.state === "ready" && worker.slot <= fleet.size && isAlone(fleet, worker);
  });
}

function isDue(fleet: Fleet, worker: Worker): boolean {
  return worker.recycle !== null && worker.state === "ready" && !worker.killed && isStaying(fleet, worker);
}

function isStaying(fleet: Fleet, { slot, generation }: Worker): boolean {
  return slot <= fleet.size && generation === wanted(fleet);
}

function isAlone(fleet: Fleet, { slot }: Worker): boolean {
  return occupants(fleet, slot).length === 1;
}

/** By a younger one of its own generation. */
function isReplaced(fleet: Fleet, { id, slot, generation }: Worker): boolean {
  return occupants(fleet, slot).some(
    (other) => other.id > id && other.generation === generation && other.state === "ready" && !other.killed,
  );
}
