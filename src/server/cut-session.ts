import type { Http2Session } from "node:http2";
import { Duplex } from "node:stream";

/**
 * Closes the connection of a session that is not destroyed yet, at once. Its own `destroy()` waits until what it is writing has left, which is for ever if
 * the client does not read; and its `socket` has no other `destroy()`.
 */
export function cutSession(session: Http2Session): void {
  Duplex.prototype.destroy.call(session.socket);
}
