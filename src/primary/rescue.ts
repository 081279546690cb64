import type { SocketHandle } from "./bind.ts";
import type { Primary } from "./primary.ts";

/** A connection that a worker accepted, read nothing from, and left behind at its exit. */
export interface Rescued {
  readonly key: string;
  readonly connection: SocketHandle;
}

/** Hands it to a worker that listens on the same address; it waits if there is none. */
export function passOn(primary: Primary, rescued: Rescued): void {
  const { key, connection } = rescued;
  const ready = primary.supervisor.fleet.workers.filter((worker) => worker.state === "ready");
  const users = primary.listeners.get(key)?.users;
  // The youngest is the least likely to be at its own end.
  const taker = ready.findLast((worker) => users?.get(worker.id) === "listening");
  const handle = taker && primary.crew.get(taker.id)?.handle;
  if (handle) return handle.send({ type: "adopt", key }, connection, () => connection.close());
  if (primary.stopping) connection.close();
  else primary.rescued.push(rescued);
}

/** A worker has become ready: what has waited for one goes to it. */
export function passOnWaiting(primary: Primary): void {
  for (const rescued of primary.rescued.splice(0)) passOn(primary, rescued);
}
