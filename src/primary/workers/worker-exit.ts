import { AppError } from "../../errors.ts";
import { restartDelay } from "../../policy/restart.ts";
import type { CrashReason } from "../../protocol/crash.ts";
import type { ErrorReport } from "../../protocol/ipc.ts";
import { duration } from "../../telemetry/words.ts";
import { reasonOf, ROLLED_BACK } from "../output/narrator.ts";
import type { Primary } from "../primary.ts";
import { bootError, NOT_READY_HINT } from "./boot-error.ts";
import type { Member } from "./crew.ts";
import type { WorkerExit } from "./worker-handle.ts";

/** A worker is gone. Its listeners stay for its replacement. */
export function workerExited(primary: Primary, member: Member, exit: WorkerExit): void {
  const { id, slot } = member.handle;
  const { supervisor, crew, listeners, balance, narrator, world } = primary;
  const before = supervisor.fleet.workers.find((worker) => worker.id === id);
  const wasDraining = before?.state === "draining";
  crew.remove(id);
  listeners.forget(id);
  balance.leave(id);
  primary.troubles.forget(id);
  primary.tls.left(id);
  primary.hangs.forget(id);
  const { everReady } = supervisor.fleet;
  member.crash = primary.crashes.died(member, exit, { wasLeaving: wasDraining || primary.stopping, everReady });
  narrator.left(member, exit, wasDraining, !everReady, world.clock.now());
  // Once one boot has settled the matter the others are killed: that is no reason.
  if (before?.readyAt === null && !primary.stopping) primary.lastBootError = member.error ?? describe(member, exit);
  const recycled = primary.recycling.left(member);
  if (wasDraining) settle(primary, member, before.drainingSince, recycled);
  if ((!wasDraining || member.error) && counts(primary, member)) died(primary, member, exit);
  if (!wasDraining && member.verdict !== "excused") blame(primary, member, describe(member, exit));
  supervisor.post({ type: "exited", worker: id, verdict: member.verdict });
  // The slot of a worker that drained was vacated, and its delay told, before.
  if (!wasDraining) sayDelay(primary, slot);
}

/** A generation on trial, and a boot that goes another way, are no misfortune of the slot. */
function counts({ supervisor: { fleet } }: Primary, { handle, killReason, verdict }: Member): boolean {
  const onTrial = fleet.reload?.to === handle.generation && fleet.reload.phase !== "tail";
  return !onTrial && killReason !== ROLLED_BACK && verdict !== "excused";
}

/** It was told to leave, or left by itself: its requests go into the books. */
function settle(
  { reloads, leaving, counts, world }: Primary,
  { report }: Member,
  since: number | null,
  recycled: boolean,
): void {
  if (!recycled) reloads.left(report);
  leaving?.add(report);
  const now = world.clock.now();
  counts.drained(report && report.cutCount, (now - (since ?? now)) / 1000);
}

function died(primary: Primary, member: Member, exit: WorkerExit): void {
  const { slot, pid } = member.handle;
  const error = member.error && { name: member.error.name, message: member.error.message };
  const bootFailed = member.readyAt === null ? explain(primary, member, describe(member, exit)) : null;
  primary.counts.restarts.add(member.crash?.reason ?? wordFor(member, exit));
  primary.slots.died(slot, { pid, at: Date.now(), reason: reasonOf(member, exit), error }, bootFailed);
}

/** Of an end that is no crash to be written down: its app has never been up, or somebody asked it to end. */
function wordFor({ error }: Member, { signal }: WorkerExit): CrashReason {
  if (error) return "boot-failed";
  return signal ? "signal" : "exit-code";
}

/** If its generation or its primary is on trial, this worker has failed it. */
export function blame(primary: Primary, member: Member, end: ErrorReport | null = null): void {
  primary.died(member.handle.generation, member.readyAt, () => explain(primary, member, end));
}

/** Why it died, for whoever gave the order that brought it to life. */
function explain(primary: Primary, member: Member, end: ErrorReport | null): AppError {
  const { generation, slot } = member.handle;
  const report = member.error ?? end;
  if (member.readyAt === null)
    return bootError(report, primary.refused, primary.generations.get(generation).resolved.config);
  const upMs = primary.world.clock.now() - member.readyAt;
  const crashed = `worker ${slot} died ${duration(upMs)} after it was ready: ${report?.message}\n${report?.stack ?? ""}`;
  return new AppError("APP_BOOT_FAILED", crashed.trimEnd());
}

function describe(
  { killReason, notReady, readyAt, hang }: Member,
  { spawnError, signal, code }: WorkerExit,
): ErrorReport {
  const ended = `it ended with ${signal ?? `exit code ${code}`}${readyAt === null ? " before it was ready" : ""}`;
  const timeout =
    killReason === null || hang ? {} : { code: "APP_BOOT_TIMEOUT", ...(notReady ? { hint: NOT_READY_HINT } : {}) };
  return { name: "Error", message: spawnError?.message ?? killReason ?? ended, stack: hang?.stack ?? "", ...timeout };
}

/** Says so where the slot's next worker has to wait. */
export function sayDelay({ supervisor, narrator, recycling, stopping }: Primary, slot: number): void {
  const { fleet, limits } = supervisor;
  const failures = fleet.history.get(slot)?.failures ?? 0;
  if (failures === 0 || stopping) return;
  const delay = restartDelay(failures, limits);
  if (recycling.delayed(slot, delay) || limits.restart === "never") return;
  narrator.delayed(slot, delay, failures);
}
