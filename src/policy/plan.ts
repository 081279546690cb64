import type { Action, Fleet, Limits, Worker } from "./fleet.ts";
import { recyclable, recycled, recycling } from "./recycle.ts";
import {
  auditions,
  isMakingRoom,
  milestones,
  outdated,
  replaceableAt,
  replacements,
  retirements,
  trialEnds,
} from "./reload.ts";
import { restartAt } from "./restart.ts";
import { occupants, slots, wanted } from "./slots.ts";

export interface Plan {
  readonly actions: readonly Action[];
  /** When to plan again though nothing has happened; `null`: only an event can change anything. */
  readonly wakeAt: number | null;
}

/** What to do now, and when to look again. The same fleet and time always give the same plan. */
export function plan(fleet: Fleet, now: number, limits: Limits): Plan {
  const steps = isServing(fleet) ? keepServing(fleet, now, limits) : leave(fleet, now);
  const overdue = kills(fleet, now, limits);
  return { actions: [...overdue, ...steps], wakeAt: nextDeadline(fleet, now, limits) };
}

/** Told to stop or not: newcomers are welcome. */
function isServing({ phase }: Fleet): boolean {
  return phase === "running" || phase === "lameduck";
}

function keepServing(fleet: Fleet, now: number, limits: Limits): Action[] {
  if (fleet.stopAt !== null && now >= fleet.stopAt) return [{ type: "begin-stop" }];
  const steps = milestones(fleet, now, limits);
  // They change what is wanted: the rest of the plan is made after them.
  if (steps.length > 0) return steps;
  const generation = wanted(fleet);
  const vacant = [...due(fleet, now, limits), ...replacements(fleet, now, limits)];
  // Whoever is missing comes before whoever is well.
  const slots = vacant.length > 0 ? vacant : recycling(fleet, now, limits);
  const current = slots.map((slot): Action => ({ type: "fork", slot, generation }));
  const forks = [...auditions(fleet), ...current].slice(0, bootsLeft(fleet, limits));
  if (forks.length === 0 && isOver(fleet, limits))
    return [...endStandIn(fleet), { type: "finish", outcome: "none-left" }];
  return [...forks, ...retirements(fleet), ...recycled(fleet), ...standIn(fleet, now, limits)];
}

function due(fleet: Fleet, now: number, limits: Limits): number[] {
  if (isMakingRoom(fleet)) return [];
  return vacantSlots(fleet, limits).filter((slot) => restartAt(fleet.history.get(slot), limits) <= now);
}

function bootsLeft({ workers }: Fleet, { bootsAtOnce }: Limits): number {
  return Math.max(0, bootsAtOnce - workers.filter((worker) => worker.state === "starting").length);
}

/**
 * A worker that boots has the sockets and accepts nothing: were it the last to have them, whoever connects meanwhile would wait for nobody. So it goes
 * first, while the others accept; one that does not hear us, since its boot blocks, gets this long. Milliseconds.
 */
export const BOOT_ENDS_WITHIN = 1_000;

/** The address is given up before the workers stop accepting, so that the kernel refuses newcomers instead of queueing them for nobody. */
function leave(fleet: Fleet, now: number): Action[] {
  const booting = goingFirst(fleet).filter((worker) => now < bootEnds(worker, now));
  if (booting.length > 0) return [...endStandIn(fleet), ...booting.flatMap((worker) => orderToLeave(fleet, worker))];
  const closing: Action[] = fleet.listenersHeld ? [{ type: "close-listeners" }] : [];
  if (fleet.workers.length === 0)
    return [...closing, ...endStandIn(fleet), { type: "finish", outcome: outcome(fleet) }];
  return [...closing, ...endStandIn(fleet), ...fleet.workers.flatMap((worker) => orderToLeave(fleet, worker))];
}

/** Never ready, and others are. */
function goingFirst({ phase, workers }: Fleet): readonly Worker[] {
  if (phase !== "stopping" || !workers.some((worker) => worker.state === "ready")) return [];
  return workers.filter((worker) => worker.readyAt === null);
}

function bootEnds({ drainingSince }: Worker, now: number): number {
  return (drainingSince ?? now) + BOOT_ENDS_WITHIN;
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
  const mayStart = (slot: number): boolean => limits.restart === "always" || !fleet.history.has(slot);
  return slots(fleet).filter((slot) => occupants(fleet, slot).length === 0 && mayStart(slot));
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
    if (worker.hung && !worker.killed) return [{ type: "kill", worker: worker.id, reason: "hang" }];
    const deadline = deadlineOf(worker, limits);
    if (deadline === null || now < deadline) return [];
    const reason = worker.state === "starting" ? "boot-timeout" : "drain-timeout";
    return [{ type: "kill", worker: worker.id, reason }];
  });
}

/** The worker itself knows its deadline and says what it cuts; only one that is stuck is killed without a word. */
function deadlineOf(worker: Worker, limits: Limits): number | null {
  if (worker.killed) return null;
  if (worker.state === "starting") return worker.forkedAt + limits.bootTimeout;
  if (worker.drainingSince === null) return null;
  return worker.overdue ? worker.drainingSince : worker.drainingSince + limits.drainTimeout + limits.killSlack;
}

function nextDeadline(fleet: Fleet, now: number, limits: Limits): number | null {
  const times = fleet.workers.map((worker) => deadlineOf(worker, limits) ?? 0);
  if (isServing(fleet)) times.push(...servingDeadlines(fleet, limits));
  times.push(...goingFirst(fleet).map((worker) => bootEnds(worker, now)));
  const ahead = times.filter((time) => time > now);
  return ahead.length === 0 ? null : Math.min(...ahead);
}

function servingDeadlines(fleet: Fleet, limits: Limits): number[] {
  const { everReady, noneReadySince, stopAt } = fleet;
  return [
    ...vacantSlots(fleet, limits).map((slot) => restartAt(fleet.history.get(slot), limits)),
    ...outdated(fleet).map((slot) => replaceableAt(fleet, slot, limits)),
    ...recyclable(fleet).map(({ slot }) => restartAt(fleet.history.get(slot), limits)),
    everReady && !fleet.standIn ? (noneReadySince ?? -Infinity) + limits.standInAfter : 0,
    trialEnds(fleet, limits) ?? 0,
    stopAt ?? 0,
  ];
}
