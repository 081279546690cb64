import type { EventEmitter } from "node:events";
import type { IncomingMessage, ServerResponse } from "node:http";

/** Lets the listeners of `to` answer the requests that arrive at `from`, another server of Node's: whatever was or will be added to it. */
export function forwardRequests(from: EventEmitter, to: EventEmitter): void {
  from.on("request", (request: IncomingMessage, response: ServerResponse) => {
    to.emit("request", request, response);
  });
  // Without a listener of the app's own: what Node does.
  from.on("checkContinue", (request: IncomingMessage, response: ServerResponse) => {
    if (to.emit("checkContinue", request, response)) return;
    response.writeContinue();
    to.emit("request", request, response);
  });
  from.on("checkExpectation", (request: IncomingMessage, response: ServerResponse) => {
    if (!to.emit("checkExpectation", request, response)) response.writeHead(417).end();
  });
}
