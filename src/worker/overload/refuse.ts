import type { IncomingMessage, ServerResponse } from "node:http";
import type { ServerHttp2Stream } from "node:http2";
import { answerEarly } from "../../server/answer-early.ts";

/** How long the rest of a refused upload is read. Milliseconds. */
const LINGER = 5_000;
const AGAIN = { "Retry-After": "1", "Content-Length": "0" };

/**
 * Answers 503 and ends the connection. A connection that is closed while its request still arrives is reset, and the answer lost with
 * it, so the rest is read first. `waits`: the client sends the body only when it is told to go on.
 */
export function refuse(request: IncomingMessage, response: ServerResponse, waits: boolean): void {
  if (request.httpVersionMajor >= 2) return refuseInSession(response);
  response.writeHead(503, { ...AGAIN, Connection: "close" });
  if (waits || !hasBody(request)) return void response.end();
  const end = (): void => void response.end();
  response.flushHeaders();
  request.resume().once("end", end);
  setTimeout(end, LINGER).unref();
}

/** Answers 503. The session and its other streams go on; the rest of an upload is not wanted. */
export function refuseStream(stream: ServerHttp2Stream): void {
  answerEarly(stream, { ":status": 503, ...AGAIN });
}

/** A response of Node's own HTTP/2 server knows its stream and would wait for the upload. */
function refuseInSession(response: ServerResponse & { readonly stream?: ServerHttp2Stream }): void {
  if (response.stream) refuseStream(response.stream);
  else response.writeHead(503, AGAIN).end();
}

function hasBody({ headers }: IncomingMessage): boolean {
  return headers["transfer-encoding"] !== undefined || Number(headers["content-length"] ?? 0) > 0;
}
