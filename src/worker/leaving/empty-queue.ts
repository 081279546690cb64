import { setImmediate as turn } from "node:timers/promises";
import type { Door } from "../sockets/captured-server.ts";
import type { Traffic } from "../traffic/traffic.ts";

/** A turn of the event loop that took no longer has asked the kernel only just now. Milliseconds. */
const SHORT = 0.5;
/** A queue that lasts longer grows as fast as it is emptied. Milliseconds. */
const PATIENCE = 100;
/** Clients that keep coming to a worker that is too slow for them would never let it be empty; by then those before them have been let in. Milliseconds. */
const LONGEST = 3_000;

/** One turn of the event loop. */
export interface Turn {
  /** How many connections it brought: one, or none when the queue was empty (since libuv 1.45). */
  readonly accepted: number;
  /** How long it took, in milliseconds. */
  readonly ms: number;
  /** Since the emptying began, in milliseconds. */
  readonly elapsed: number;
  /** What is left, in milliseconds. */
  readonly left: number;
  readonly shrunk: boolean;
}

/** What to do after a turn. A shrunk queue holds one client at most, should we be held up right before we close; but it may lose one as well. */
export function judge({ accepted, ms, elapsed, left, shrunk }: Turn): "go on" | "shrink" | "close" {
  if (left <= 0) return "close";
  const isEmpty = accepted === 0;
  if (shrunk) return isEmpty && ms < SHORT ? "close" : "go on";
  return isEmpty || elapsed >= PATIENCE ? "shrink" : "go on";
}

/**
 * Closes the doors with nobody behind them. The last socket of an address that closes resets every connection still in the kernel's queue, and any worker
 * may be the last.
 * @param timeLeft In milliseconds. Three seconds are never exceeded.
 */
export async function emptyQueue(traffic: Traffic, doors: readonly Door[], timeLeft: number): Promise<void> {
  if (doors.length === 0) return;
  const startedAt = performance.now();
  const end = startedAt + Math.min(timeLeft, LONGEST);
  let shrunk = false;
  // This turn has asked the kernel before we were called.
  await turn();
  for (;;) {
    const [accepted, at] = [traffic.accepted, performance.now()];
    await turn();
    const now = performance.now();
    const times = { ms: now - at, elapsed: now - startedAt, left: end - now };
    const step = judge({ accepted: traffic.accepted - accepted, ...times, shrunk });
    if (step === "close") break;
    if (step === "shrink") for (const door of doors) door.shrink();
    shrunk ||= step === "shrink";
  }
  for (const door of doors) door.close();
}
