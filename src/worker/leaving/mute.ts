import type { Writable } from "node:stream";

type Done = () => void;

/**
 * From now on the stream takes what the app writes and drops it: its client was told that nothing follows, and Node would answer a write after
 * the end with an error that ends the process. The app can still end the stream.
 */
export function mute(stream: Writable): void {
  const end = stream.end.bind(stream) as (done?: Done) => Writable;
  Object.assign(stream, { write: drop, end: (...args: unknown[]) => end(args.find(isDone)) });
}

/** As if it were full: who writes for as long as there is room would never stop. */
function drop(...args: unknown[]): boolean {
  const done = args.find(isDone);
  if (done) setImmediate(done);
  return false;
}

function isDone(arg: unknown): arg is Done {
  return typeof arg === "function";
}
