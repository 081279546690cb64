import { AppError } from "../../errors.ts";
import { isFull, slots } from "../../policy/slots.ts";
import type { Primary } from "../primary.ts";

/**
 * Resolves when every slot is served and nobody is left beyond them.
 * @throws AppError SCALE_FAILED with the worker's own error when one does not get ready (the slot goes on trying); STOPPING
 */
export function settled(primary: Primary): Promise<void> {
  const before = new Map(slots(primary.supervisor.fleet).map((slot) => [slot, primary.slots.get(slot).failedBoots]));
  return primary.until(() => {
    const { fleet } = primary.supervisor;
    if (primary.stopping) throw new AppError("STOPPING", "the app is being stopped");
    const failed = slots(fleet).find((slot) => primary.slots.get(slot).failedBoots > (before.get(slot) ?? 0));
    if (failed !== undefined) throw failure(failed, primary.slots.get(failed).bootError);
    return isFull(fleet) && fleet.workers.every((worker) => worker.slot <= fleet.size);
  });
}

function failure(slot: number, cause: AppError | null): AppError {
  const hint = [cause?.hint, "The slot goes on trying; `drover scale` takes it back."].filter(Boolean).join("\n");
  return new AppError("SCALE_FAILED", `worker ${slot} did not get ready: ${cause?.message ?? "unknown"}`, hint);
}
