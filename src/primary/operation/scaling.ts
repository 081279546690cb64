import { crowdedPort } from "../../config/per-slot.ts";
import { AppError } from "../../errors.ts";
import { isFull, slots } from "../../policy/slots.ts";
import type { Primary } from "../primary.ts";

/**
 * Resolves when every slot is served and nobody is left beyond them. Answers how many there are.
 * @throws AppError SCALE_FAILED before anything is touched, where each slot has a port of its own and there are not as many; SCALE_FAILED with the worker's
 * own error when one does not get ready (the slot goes on trying); STOPPING
 */
export async function scaleTo(primary: Primary, size: number, why: string): Promise<number> {
  refuseCrowding(primary, size);
  const workers = primary.scale(size, why);
  await settled(primary);
  return workers;
}

function settled(primary: Primary): Promise<void> {
  const before = new Map(slots(primary.supervisor.fleet).map((slot) => [slot, primary.slots.get(slot).failedBoots]));
  return primary.until(() => {
    const { fleet } = primary.supervisor;
    if (primary.stopping) throw new AppError("STOPPING", "the app is being stopped");
    const failed = slots(fleet).find((slot) => primary.slots.get(slot).failedBoots > (before.get(slot) ?? 0));
    if (failed !== undefined) throw failure(failed, primary.slots.get(failed).bootError);
    return isFull(fleet) && fleet.workers.every((worker) => worker.slot <= fleet.size);
  });
}

function refuseCrowding({ generations, supervisor: { fleet } }: Primary, size: number): void {
  const crowded = crowdedPort(generations.get(fleet.generation).resolved.config, size);
  if (crowded === null) return;
  const message = `expected a port for each of ${size} workers from ${crowded} on, and the last would be above 65535`;
  throw new AppError("SCALE_FAILED", message, "Start with a lower --port, or scale to fewer workers.");
}

function failure(slot: number, cause: AppError | null): AppError {
  const hint = [cause?.hint, "The slot goes on trying; `drover scale` takes it back."].filter(Boolean).join("\n");
  return new AppError("SCALE_FAILED", `worker ${slot} did not get ready: ${cause?.message ?? "unknown"}`, hint);
}
