import type { Action, Fleet, Limits, Worker } from "./fleet.ts";
import { restartAt } from "./restart.ts";

export interface Plan {
  readonly actions: readonly Action[];
  /** When to plan again though nothing has happened; `null`: only an event can change anything. */
  readonly wakeAt: number | null;
}

/** What to do now, and when to look again. The same fleet and time always give the same plan. */
export function plan(fleet: Fleet, now: number, limits: Limits): Plan {
  const steps = fleet.phase === "running" ? keepServing(fleet, now, limits) : leave(fleet);
  const overdue = kills(fleet, now, limits);
  return { actions: [...overdue, ...steps], wakeAt: nextDeadline(fleet, now, limits) };
}

function keepServing(fleet: Fleet, now: number, limits: Limits): Action[] {
  const due = vacantSlots(fleet, limits).filter((slot) => restartAt(fleet.history.get(slot), limits) <= now);
  const booting = fleet.workers.filter((worker) => worker.state === "starting").length;
  const forks = due.slice(0, Math.max(0, limits.bootsAtOnce - booting));
  if (forks.length === 0 && isOver(fleet, limits))
    return [...endStandIn(fleet), { type: "finish", outcome: "none-left" }];
  return [
    ...forks.map((slot): Action => ({ type: "fork", slot, generation: fleet.generation })),
    ...standIn(fleet, now, limits),
  ];
}

/** The address is given up before the workers stop accepting, so that the kernel refuses newcomers instead of queueing them for nobody. */
function leave(fleet: Fleet): Action[] {
  const closing: Action[] = fleet.listenersHeld ? [{ type: "close-listeners" }] : [];
  if (fleet.workers.length === 0)
    return [...closing, ...endStandIn(fleet), { type: "finish", outcome: outcome(fleet) }];
  return [...closing, ...endStandIn(fleet), ...fleet.workers.flatMap((worker) => orderToLeave(fleet, worker))];
}

function orderToLeave(fleet: Fleet, worker: Worker): Action[] {
  if (worker.killed) return [];
  if (fleet.phase !== "stopping") return [{ type: "kill", worker: worker.id, reason: "stop" }];
  return worker.state === "draining" ? [] : [{ type: "drain", worker: worker.id, mode: "stop" }];
}

function outcome(fleet: Fleet): "cannot-boot" | "stopped" {
  return fleet.phase === "given-up" ? "cannot-boot" : "stopped";
}

/** Slots nobody fills. With `restart: "never"` a slot is filled once. */
function vacantSlots(fleet: Fleet, limits: Limits): number[] {
  const filled = new Set(fleet.workers.filter((worker) => worker.state !== "draining").map((worker) => worker.slot));
  const slots = Array.from({ length: fleet.size }, (_, index) => index + 1);
  const mayStart = (slot: number): boolean => limits.restart === "always" || !fleet.history.has(slot);
  return slots.filter((slot) => !filled.has(slot) && mayStart(slot));
}

function isOver(fleet: Fleet, limits: Limits): boolean {
  return limits.restart === "never" && fleet.workers.length === 0 && vacantSlots(fleet, limits).length === 0;
}

function standIn(fleet: Fleet, now: number, limits: Limits): Action[] {
  if (fleet.noneReadySince === null) return endStandIn(fleet);
  const due = fleet.everReady && now >= fleet.noneReadySince + limits.standInAfter;
  return due && !fleet.standIn ? [{ type: "start-stand-in" }] : [];
}

function endStandIn(fleet: Fleet): Action[] {
  return fleet.standIn ? [{ type: "stop-stand-in" }] : [];
}

function kills(fleet: Fleet, now: number, limits: Limits): Action[] {
  if (fleet.phase === "stopping-now" || fleet.phase === "given-up") return [];
  return fleet.workers.flatMap((worker): Action[] => {
    const deadline = deadlineOf(worker, limits);
    if (deadline === null || now < deadline) return [];
    const reason = worker.state === "starting" ? "boot-timeout" : "drain-timeout";
    return [{ type: "kill", worker: worker.id, reason }];
  });
}

function deadlineOf(worker: Worker, limits: Limits): number | null {
  if (worker.killed) return null;
  if (worker.state === "starting") return worker.forkedAt + limits.bootTimeout;
  return worker.drainingSince === null ? null : worker.drainingSince + limits.drainTimeout;
}

function nextDeadline(fleet: Fleet, now: number, limits: Limits): number | null {
  const times = fleet.workers.map((worker) => deadlineOf(worker, limits) ?? 0);
  if (fleet.phase === "running") {
    times.push(...vacantSlots(fleet, limits).map((slot) => restartAt(fleet.history.get(slot), limits)));
    if (fleet.everReady && !fleet.standIn) times.push((fleet.noneReadySince ?? -Infinity) + limits.standInAfter);
  }
  const ahead = times.filter((time) => time > now);
  return ahead.length === 0 ? null : Math.min(...ahead);
}
