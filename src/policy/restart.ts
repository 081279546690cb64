import type { Limits, SlotHistory, Worker } from "./fleet.ts";

/**
 * A worker that has answered is replaced at once, always: an app that dies after each request must not slow its site down.
 * So is one that has been ready for as long as the longest wait, which is how a worker without traffic proves itself.
 */
export function isProven(worker: Worker, now: number, limits: Limits): boolean {
  return worker.answered || (worker.readyAt !== null && now - worker.readyAt >= limits.backoff.longest);
}

/** The wait before a slot's next worker, in milliseconds. */
export function restartDelay(failures: number, { backoff }: Limits): number {
  if (failures === 0) return 0;
  return Math.min(backoff.first * 2 ** (failures - 1), backoff.longest);
}

/** When a slot's next worker may start. */
export function restartAt(history: SlotHistory | undefined, limits: Limits): number {
  if (!history) return 0;
  return history.vacatedAt + restartDelay(history.failures, limits);
}
