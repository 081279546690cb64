import { setImmediate } from "node:timers/promises";

/** One a turn, where they are no more: closing one takes time, in which somebody may begin to ask on the next. */
const TURNS = 500;
/** A turn of the event loop that took no longer has read only just now what there was. Milliseconds. */
const SHORT = 0.5;
/** A worker that is so busy that it has no short turns closes all the same. Milliseconds. */
const PATIENCE = 100;

/** All that this needs of a socket. */
interface Idle {
  readonly bytesRead: number;
  destroy(): unknown;
}

/**
 * Closes connections that are idle, but for those on which something comes meanwhile. A request that is sent as its connection is closed is lost, and a proxy may not
 * repeat a POST: each is closed in the moment after the event loop has read what there was, and not from a timer, which may come long after that.
 *
 * @param turn resolves when the event loop has read what there was
 */
export async function closeIdle(
  sockets: Iterable<Idle>,
  turn: () => Promise<unknown> = setImmediate,
  now: () => number = () => performance.now(),
): Promise<void> {
  const idle = [...sockets].map((socket) => ({ socket, before: socket.bytesRead }));
  const end = now() + PATIENCE;
  const atOnce = Math.ceil(idle.length / TURNS);
  for (let at = 0; at < idle.length; at += atOnce) {
    await justRead(turn, now, end);
    for (const { socket, before } of idle.slice(at, at + atOnce)) if (socket.bytesRead === before) socket.destroy();
  }
}

async function justRead(turn: () => Promise<unknown>, now: () => number, end: number): Promise<void> {
  for (let from = now(); ; from = now()) {
    await turn();
    if (now() - from < SHORT || now() > end) return;
  }
}
