import type { IncomingMessage, ServerResponse } from "node:http";

/** How long the rest of a refused upload is read. Milliseconds. */
const LINGER = 5_000;

/**
 * Answers 503 and ends the connection. A connection that is closed while its request still arrives is reset, and the answer lost with
 * it, so the rest is read first. `waits`: the client sends the body only when it is told to go on.
 */
export function refuse(request: IncomingMessage, response: ServerResponse, waits: boolean): void {
  response.writeHead(503, { "Retry-After": "1", "Content-Length": "0", Connection: "close" });
  if (waits || !hasBody(request)) return void response.end();
  const end = (): void => void response.end();
  response.flushHeaders();
  request.resume().once("end", end);
  setTimeout(end, LINGER).unref();
}

function hasBody({ headers }: IncomingMessage): boolean {
  return headers["transfer-encoding"] !== undefined || Number(headers["content-length"] ?? 0) > 0;
}
