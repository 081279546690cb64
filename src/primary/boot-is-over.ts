import type { Clock } from "./supervisor.ts";

/** A process may outlive its files, so what is put off is not put off for long. Milliseconds. */
const SOON = 500;

/**
 * Resolves when the first workers are ready or cannot be, at most half a second on: until then they need the cores for their own boot, and what the
 * primary has to load besides would take these from them.
 */
export async function bootIsOver(ready: Promise<void>, clock: Clock): Promise<void> {
  const { promise: soon, resolve } = Promise.withResolvers<void>();
  const cancel = clock.after(SOON, resolve);
  await Promise.race([soon, ready.catch(() => undefined)]);
  cancel();
}
