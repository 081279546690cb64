/** Rejects after `ms`, or when `enough` aborts, whatever `ask` makes of the signal that it is given. */
export async function within<T>(ms: number, enough: AbortSignal, ask: (until: AbortSignal) => Promise<T>): Promise<T> {
  enough.throwIfAborted();
  const until = new AbortController();
  const { promise: over, reject } = Promise.withResolvers<never>();
  const giveUp = (): void => {
    until.abort();
    reject(new Error("there was no answer in time"));
  };
  const timer = setTimeout(giveUp, ms);
  enough.addEventListener("abort", giveUp);
  try {
    return await Promise.race([ask(until.signal), over]);
  } finally {
    clearTimeout(timer);
    enough.removeEventListener("abort", giveUp);
  }
}
