import { setTimeout as delay } from "node:timers/promises";

/** How long a test waits for what must come, before it says that it did not. Generous: the machine may be busy. */
export const BOUND_MS = 20_000;

/** Rejects with `what` when `promise` has not settled within the bound. */
export async function within<T>(promise: Promise<T>, what: string | (() => string), boundMs = BOUND_MS): Promise<T> {
  const stop = new AbortController();
  const late = delay(boundMs, undefined, { signal: stop.signal }).then(() => {
    throw new Error(`waited ${boundMs} ms for ${typeof what === "string" ? what : what()}`);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    stop.abort();
    late.catch(() => {});
  }
}

/** For what has no event to wait for, such as the state of another process. Answers the first value that is not `undefined` or `false`. */
export async function until<T>(
  probe: () => T | undefined | false | Promise<T | undefined | false>,
  what: string | (() => string),
  boundMs = BOUND_MS,
): Promise<T> {
  const end = performance.now() + boundMs;
  for (;;) {
    const value = await probe();
    if (value !== undefined && value !== false) return value;
    if (performance.now() > end)
      throw new Error(`waited ${boundMs} ms for ${typeof what === "string" ? what : what()}`);
    await delay(20);
  }
}
