import { restartDelay } from "../policy/restart.ts";
import type { ErrorReport } from "../protocol/ipc.ts";
import type { Member } from "./crew.ts";
import type { Primary } from "./primary.ts";
import type { WorkerExit } from "./worker-handle.ts";

/** A worker is gone. Its listeners stay for its replacement. */
export function workerExited(primary: Primary, member: Member, exit: WorkerExit): void {
  const { id, slot } = member.handle;
  const { supervisor, crew, listeners, balance, narrator, world } = primary;
  const before = supervisor.fleet.workers.find((worker) => worker.id === id);
  crew.remove(id);
  listeners.forget(id);
  balance.leave(id);
  narrator.left(member, exit, before?.state === "draining", !supervisor.fleet.everReady, world.clock.now());
  // Once one boot has settled the matter the others are killed: that is no reason.
  if (before?.readyAt === null && !primary.stopping) primary.lastBootError = member.error ?? describe(member, exit);
  supervisor.post({ type: "exited", worker: id, verdict: member.verdict });
  // The slot of a worker that drained was vacated, and its delay told, before.
  if (before?.state !== "draining") sayDelay(primary, slot);
}

function describe({ killReason }: Member, { spawnError, signal, code }: WorkerExit): ErrorReport {
  const ended = `it ended with ${signal ?? `exit code ${code}`} before it was ready`;
  const timeout = killReason === null ? {} : { code: "APP_BOOT_TIMEOUT" };
  return { name: "Error", message: spawnError?.message ?? killReason ?? ended, stack: "", ...timeout };
}

/** Says so where the slot's next worker has to wait. */
export function sayDelay({ supervisor, limits, narrator, stopping }: Primary, slot: number): void {
  const failures = supervisor.fleet.history.get(slot)?.failures ?? 0;
  if (failures === 0 || stopping || limits.restart === "never") return;
  narrator.delayed(slot, restartDelay(failures, limits), failures);
}
