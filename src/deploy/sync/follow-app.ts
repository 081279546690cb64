import { watch, type FSWatcher } from "node:fs";
import { dirname } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { ask } from "../../control/client.ts";
import { AppError } from "../../errors.ts";
import { MOST_WORKERS, type Served } from "../../protocol/control.ts";

/** Between two tries to reach the app. Milliseconds. */
const FIRST_PAUSE = 100;
const LONGEST_PAUSE = 2_000;

const AWAY: ReadonlySet<string> = new Set(["NOT_RUNNING", "STOPPING"]);

export interface Following {
  /** The app's control socket. */
  readonly socket: string;
  /** `isFirst`: since it has been lost, or at all. */
  readonly onServed: (served: Served, isFirst: boolean) => void;
  /** It cannot be followed for now; null: it does not run. Said once for each reason, until it is followed again. */
  readonly onLost: (why: string | null) => void;
  readonly signal: AbortSignal;
}

/** Follows the app through its ends and starts. Resolves after `signal` only. */
export async function followApp({ socket, onServed, onLost, signal }: Following): Promise<void> {
  let pause = FIRST_PAUSE;
  let said: string | null | undefined;
  while (!signal.aborted) {
    let heard = false;
    const hear = (served: Served): void => {
      check(served);
      onServed(served, !heard);
      heard = true;
    };
    const error = await ask(socket, { verb: "follow" }, { onServed: hear, signal }).then(() => null, expected);
    if (signal.aborted) return;
    if (heard) [pause, said] = [FIRST_PAUSE, undefined];
    const why = heard || error === null || AWAY.has(error.code) ? null : error.message;
    if (why !== said) onLost(why);
    said = why;
    await nextTry(socket, pause, signal);
    pause = Math.min(2 * pause, LONGEST_PAUSE);
  }
}

/** What comes of it is root's configuration, and the app may be another user's. */
function check({ size, slots }: Served): void {
  if (Number.isInteger(size) && Array.isArray(slots) && slots.every(isSlot)) return;
  throw new AppError("CONTROL_PROTOCOL", `expected slots from 1 to ${MOST_WORKERS} of the app, got something else`);
}

function isSlot(slot: unknown): boolean {
  return typeof slot === "number" && Number.isInteger(slot) && slot >= 1 && slot <= MOST_WORKERS;
}

function expected(error: unknown): AppError {
  if (error instanceof AppError) return error;
  throw error;
}

/** An app that starts makes its socket: an event, where the socket's folder is there already. */
async function nextTry(socket: string, pause: number, signal: AbortSignal): Promise<void> {
  const appears = new AbortController();
  const watcher = watchFolder(dirname(socket), () => appears.abort());
  await delay(pause, undefined, { signal: AbortSignal.any([appears.signal, signal]) }).catch(() => undefined);
  watcher?.close();
}

function watchFolder(folder: string, onChange: () => void): FSWatcher | null {
  try {
    return watch(folder, onChange).on("error", () => undefined);
  } catch {
    return null;
  }
}
