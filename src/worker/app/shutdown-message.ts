import cluster from "node:cluster";

/**
 * Tells the app to end by pm2's message, which takes the place of a signal as it does there: an app that listens for both would shut down twice.
 * Answers whether the app listens for messages.
 */
export function sayShutdown(): boolean {
  // One listener is Node's own, which hands messages on to `cluster.worker`.
  const isHeard = process.listenerCount("message") > 1 || (cluster.worker?.listenerCount("message") ?? 0) > 0;
  if (isHeard) process.emit("message", "shutdown", undefined);
  return isHeard;
}
