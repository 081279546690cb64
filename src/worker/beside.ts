/**
 * Preloaded into the primaryModule's process, see primary/beside/primary-module.ts: ends it when the primary is gone, so that the next start
 * does not run a second one. The processes and threads that the module starts get none of it.
 */
import { isMainThread } from "node:worker_threads";

/** As a stop would: TERM, and KILL after the drain timeout. */
function leave(): void {
  // The module's listeners may write, and nobody reads any more.
  for (const stream of [process.stdout, process.stderr]) stream.on("error", () => undefined);
  const drainTimeout = Number(new URL(import.meta.url).searchParams.get("drain"));
  setTimeout(() => process.kill(process.pid, "SIGKILL"), drainTimeout).unref();
  // Without a listener of the module's own this is already the end.
  process.kill(process.pid, "SIGTERM");
}

/** fork() gives a child the options of its parent, also from a thread, which gets them anew. */
function hideFromForks(): void {
  const at = process.execArgv.indexOf(import.meta.url);
  if (at > 0) process.execArgv.splice(at - 1, 2);
}

hideFromForks();
if (isMainThread) {
  process.once("disconnect", leave);
  // A module that has nothing left to do ends as it would alone.
  process.channel?.unref();
  // Lost while we were loading: the event has passed.
  if (!process.connected) leave();
}
