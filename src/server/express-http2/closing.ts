import type { IncomingMessage, ServerResponse } from "node:http";
import { completeUnlessCut } from "./request.ts";
import type { StreamSocket } from "./stream-socket.ts";

/** What Node's HTTP/1 server knows of its messages. */
type Request = IncomingMessage & { readonly _consuming: boolean; _dump(): void };
type Response = ServerResponse & { _closed: boolean };

/** When the stream has closed. */
export function closeMessages(socket: StreamSocket): void {
  const response = socket._httpMessage;
  // The answer to HEAD, and 204, is whole with its head: the app may still be about to end it, and has not been left.
  if (response && !response.finished && socket.answered) closeLater(socket, response);
  else closeNow(socket);
}

function closeNow(socket: StreamSocket): void {
  // Node says so later than it closes the stream, if both sides have ended: see sent-streams.ts.
  if (socket.answered) socket.onSent?.();
  close(socket);
}

function closeLater(socket: StreamSocket, response: ServerResponse): void {
  const { session } = socket;
  if (session.destroyed) return close(socket);
  const now = (): void => {
    response.off("finish", now);
    session.off("close", now);
    close(socket);
  };
  response.once("finish", now);
  session.once("close", now);
}

/** As HTTP/1 does it: the request is aborted unless it was answered, then both are closed. */
function close(socket: StreamSocket): void {
  const [request, response] = [socket.request as Request, socket._httpMessage as Response];
  completeUnlessCut(socket);
  if (!request.destroyed) closeRequest(request, socket.answered);
  if (response._closed) return;
  response.destroyed = true;
  response._closed = true;
  response.emit("close");
}

function closeRequest(request: Request, answered: boolean): void {
  if (!answered || (!request.complete && request._consuming)) {
    request.destroy(Object.assign(new Error("aborted"), { code: "ECONNRESET" }));
  } else if (!request._consuming) {
    request.complete = true;
    request.push(null);
    request._dump();
  }
}
