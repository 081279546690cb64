import type { ServerResponse } from "node:http";
import type { Traffic } from "./traffic.ts";
import { whileBusy } from "./while-busy.ts";

/**
 * Ends a request whose body has stopped arriving. Node's `requestTimeout` covers the whole request, so alone it must either cut slow uploads
 * that make progress or leave silent ones open for minutes.
 */
export function limitReads(traffic: Traffic, silence: number): void {
  const seen = new WeakMap<ServerResponse, { bytes: number; since: number }>();
  whileBusy(traffic, (now) => {
    for (const { response } of traffic.inFlight()) {
      const { socket, req } = response;
      if (req.complete || !socket) continue;
      // Then it is the app that does not read.
      if (req.readableLength >= req.readableHighWaterMark || socket.isPaused()) {
        seen.delete(response);
        continue;
      }
      const last = seen.get(response);
      if (last?.bytes !== socket.bytesRead) seen.set(response, { bytes: socket.bytesRead, since: now });
      else if (now - last.since >= silence) cut(response);
    }
  });
}

function cut(response: ServerResponse): void {
  if (!response.headersSent) response.socket?.write("HTTP/1.1 408 Request Timeout\r\nConnection: close\r\n\r\n");
  response.socket?.destroySoon();
}
