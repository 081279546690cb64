/**
 * A reload by rule: what the slots are to run changes with the phase (slots.ts), and two rules bring the fleet there. A slot without a worker of that
 * generation gets one; a worker whose replacement serves leaves. So a replacement that fails has changed nothing.
 */
import type { Action, Fleet, Limits, Reload, Worker } from "./fleet.ts";
import { restartAt } from "./restart.ts";
import { candidate, isCurrent, isFull, isServed, occupants, slots, TRIAL_SLOT, wanted } from "./slots.ts";

/** Slots whose worker is to be replaced, as many as the surge allows now. */
export function replacements(fleet: Fleet, now: number, limits: Limits): number[] {
  const room = limits.surge - extras(fleet);
  return outdated(fleet)
    .filter((slot) => replaceableAt(fleet, slot, limits) <= now)
    .slice(0, Math.max(0, room));
}

/**
 * Slots that run another generation than they should. Without a reload: one whose way back was barred. During a trial: one whose old worker has died
 * and whose new one does not serve yet.
 */
export function outdated(fleet: Fleet): number[] {
  if (fleet.reload?.how === "at-once") return [];
  const isTried = (slot: number): boolean => slot === TRIAL_SLOT && candidate(fleet)?.state === "ready";
  return slots(fleet).filter((slot) => occupants(fleet, slot).length > 0 && !isCurrent(fleet, slot) && !isTried(slot));
}

/** A reload replaces once and at once; anything else keeps the slot's waits. */
export function replaceableAt(fleet: Fleet, slot: number, limits: Limits): number {
  const isReplacing = fleet.reload !== null && fleet.reload.phase !== "trial";
  return isReplacing ? 0 : restartAt(fleet.history.get(slot), limits);
}

/** The trial's worker, beside the old one. */
export function auditions(fleet: Fleet): Action[] {
  if (fleet.reload?.phase !== "trial" || candidate(fleet)) return [];
  return [{ type: "fork", slot: TRIAL_SLOT, generation: fleet.reload.to }];
}

function extras(fleet: Fleet): number {
  return slots(fleet).reduce((sum, slot) => sum + Math.max(0, occupants(fleet, slot).length - 1), 0);
}

/** Two generations that must not meet: the old one is still leaving. */
export function isMakingRoom({ reload, workers }: Fleet): boolean {
  if (reload?.how !== "at-once") return false;
  const next = reload.phase === "back" ? reload.from : reload.to;
  return workers.some((worker) => worker.generation !== next);
}

/** Workers that have been replaced, or whose slot is gone. */
export function retirements(fleet: Fleet): Action[] {
  return fleet.workers.flatMap((worker) => retire(fleet, worker));
}

function retire(fleet: Fleet, worker: Worker): Action[] {
  if (worker.state === "draining" || worker.killed) return [];
  const leave: Action = { type: "drain", worker: worker.id, mode: "leave" };
  if (worker.slot > fleet.size) return [leave];
  if (worker.generation === wanted(fleet)) return [];
  const { reload } = fleet;
  const failed = reload?.phase === "back" && worker.state === "starting";
  if (failed) return [{ type: "kill", worker: worker.id, reason: "rolled-back" }];
  const mayLeave = reload?.how === "at-once" || (reload?.phase !== "trial" && isServed(fleet, worker.slot));
  return mayLeave ? [leave] : [];
}

/** When the trial ends well; null: nobody is on trial, or it has not begun to serve. */
export function trialEnds(fleet: Fleet, limits: Limits): number | null {
  if (fleet.reload?.phase !== "trial") return null;
  const readyAt = candidate(fleet)?.readyAt ?? null;
  return readyAt === null ? null : readyAt + limits.probation;
}

export function milestones(fleet: Fleet, now: number, limits: Limits): Action[] {
  const { reload, workers } = fleet;
  const ends = trialEnds(fleet, limits);
  if (ends !== null && now >= ends) return [{ type: "prove" }];
  if (reload?.phase === "tail" && workers.every((worker) => worker.generation === reload.to))
    return [{ type: "end-reload", outcome: "done" }];
  return isBack(fleet) || reload?.stuck === true ? [{ type: "end-reload", outcome: "rolled-back" }] : [];
}

/** Slot by slot nothing was ever missing; otherwise the old generation has to be up again. */
function isBack(fleet: Fleet): boolean {
  const { reload, workers } = fleet;
  if (reload?.phase !== "back" || workers.some((worker) => worker.generation === reload.to)) return false;
  return reload.how === "rolling" || isFull(fleet);
}

/** A new generation is judged by its workers until every slot is replaced: they must boot, and live through their probation. */
export function condemns(reload: Reload | null, worker: Worker, now: number, limits: Limits): boolean {
  if (reload?.phase !== "trial" && reload?.phase !== "roll") return false;
  if (worker.generation !== reload.to || worker.state === "draining") return false;
  return worker.readyAt === null || now - worker.readyAt < limits.probation;
}
