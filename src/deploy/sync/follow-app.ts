import { watch, type FSWatcher } from "node:fs";
import { dirname } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { ask } from "../../control/client.ts";
import { AppError } from "../../errors.ts";
import { MOST_WORKERS, type Served } from "../../protocol/control.ts";
import { oneLine } from "../nginx/quote.ts";

/** Between two tries to reach the app. Milliseconds. */
const FIRST_PAUSE = 100;
const LONGEST_PAUSE = 2_000;

/** Bytes of a line of the app's: ten times what all the slots there can be take. */
const LONGEST_LINE = 64 * 1024;
/** Characters of what the app says for itself. */
const LONGEST_WHY = 300;

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
    const asking = { onServed: hear, signal, longestLine: LONGEST_LINE };
    const error = await ask(socket, { verb: "follow" }, asking).then(() => null, expected);
    if (signal.aborted) return;
    if (heard) [pause, said] = [FIRST_PAUSE, undefined];
    const why = heard || error === null || AWAY.has(error.code) ? null : oneLine(error.message).slice(0, LONGEST_WHY);
    if (why !== said) onLost(why);
    said = why;
    await nextTry(socket, pause, signal);
    pause = Math.min(2 * pause, LONGEST_PAUSE);
  }
}

/** What comes of it is root's configuration, and the app may be another user's. */
function check({ size, slots }: Served): void {
  if (Number.isInteger(size) && Array.isArray(slots) && slots.every(isNextSlot)) return;
  const message = `expected rising slots from 1 to ${MOST_WORKERS} of the app, got something else`;
  throw new AppError("CONTROL_PROTOCOL", message);
}

function isNextSlot(slot: unknown, index: number, slots: readonly unknown[]): boolean {
  return Number.isInteger(slot) && Number(slot) > Number(slots[index - 1] ?? 0) && Number(slot) <= MOST_WORKERS;
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
