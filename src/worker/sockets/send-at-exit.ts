import { readSync } from "node:fs";
import { CMD, type ToPrimary } from "../../protocol/ipc.ts";

export interface Parcel {
  readonly message: ToPrimary;
  readonly handle: object;
}

/** How many may be on their way: the channel holds a few hundred. */
const WINDOW = 64;
/** For a primary that does not read, in milliseconds. */
const PATIENCE = 1_000;
const PAUSE = 1;
const AGAIN: ReadonlySet<unknown> = new Set(["EAGAIN", "EWOULDBLOCK"]);
const TAKEN = /NODE_HANDLE_N?ACK/g;

/**
 * Sends handles at the very last moment and blocks until the primary has them. Node would hold a second handle back until the first is acknowledged,
 * which nobody here would hear any more; and when this process is gone libuv, which gets one handle a read, takes the first read for the last.
 */
export function sendAtExit(parcels: readonly Parcel[]): void {
  const end = performance.now() + PATIENCE;
  for (let at = 0; at < parcels.length && process.connected; at += WINDOW) {
    const some = parcels.slice(at, at + WINDOW);
    some.forEach(send);
    if (!areTaken(some.length, end)) return;
  }
}

function send({ message, handle }: Parcel): void {
  Object.assign(process, { _handleQueue: null });
  process.send?.({ cmd: CMD, ...message }, handle as never, undefined, () => undefined);
}

/** Node acknowledges each handle by a message of its own. Whatever else there is to read comes too late for us. */
function areTaken(count: number, end: number): boolean {
  const bytes = Buffer.alloc(65_536);
  const clock = new Int32Array(new SharedArrayBuffer(4));
  let heard = "";
  while ((heard.match(TAKEN)?.length ?? 0) < count) {
    const size = read(bytes);
    if (size === 0 || performance.now() > end) return false;
    if (size === null) Atomics.wait(clock, 0, 0, PAUSE);
    else heard += bytes.toString("latin1", 0, size);
  }
  return true;
}

/** Null: nothing yet. 0: the primary is gone. */
function read(bytes: Buffer): number | null {
  const { fd } = process.channel as unknown as { readonly fd: number };
  try {
    return readSync(fd, bytes);
  } catch (error) {
    return AGAIN.has((error as NodeJS.ErrnoException).code) ? null : 0;
  }
}
