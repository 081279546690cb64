import type { Fleet, Worker } from "./fleet.ts";

/** Where a new generation is tried, beside the old one. */
export const TRIAL_SLOT = 1;

/** The slots to fill: 1..size. */
export function slots({ size }: Fleet): number[] {
  return Array.from({ length: size }, (_, index) => index + 1);
}

/** Who fills a slot: one that drains is on its way out of it. Two, while one replaces the other. */
export function occupants({ workers }: Fleet, slot: number): readonly Worker[] {
  return workers.filter((worker) => worker.slot === slot && worker.state !== "draining");
}

/** The generation that every slot is to run. While one is on trial that is the old one. */
export function wanted({ generation, reload }: Fleet): number {
  switch (reload?.phase) {
    case undefined:
      return generation;
    case "roll":
    case "tail":
      return reload.to;
    case "trial":
    case "back":
      return reload.from;
  }
}

/** Whether the slot has a worker of the generation it is to run, be it still booting. */
export function isCurrent(fleet: Fleet, slot: number): boolean {
  return occupants(fleet, slot).some((worker) => worker.generation === wanted(fleet));
}

/** Whether that worker serves. */
export function isServed(fleet: Fleet, slot: number): boolean {
  const generation = wanted(fleet);
  return occupants(fleet, slot).some((worker) => worker.generation === generation && worker.state === "ready");
}

/** Whether every slot is served. */
export function isFull(fleet: Fleet): boolean {
  return slots(fleet).every((slot) => isServed(fleet, slot));
}

/** The new generation's first worker; undefined: there is none yet, or no trial. */
export function candidate(fleet: Fleet): Worker | undefined {
  if (fleet.reload?.phase !== "trial") return undefined;
  return occupants(fleet, TRIAL_SLOT).find((worker) => worker.generation === fleet.reload?.to);
}
