import type { ServerResponse } from "node:http";
import { withoutQuery, type Traffic } from "./traffic.ts";

/**
 * One JSON line per request on stdout, written when the response is done. The query is left out: secrets travel there.
 * Lines of one turn of the event loop are written together.
 */
export function logAccess(traffic: Traffic): void {
  let lines = "";
  const flush = (): void => {
    if (lines !== "") process.stdout.write(lines);
    lines = "";
  };
  traffic.onRequest((response) => {
    const startedAt = performance.now();
    response.on("close", () => {
      if (lines === "") setImmediate(flush);
      lines += `${lineFor(response, performance.now() - startedAt)}\n`;
    });
  });
  process.on("exit", flush);
}

function lineFor(response: ServerResponse, ms: number): string {
  const { method, url = "", socket } = response.req;
  return JSON.stringify({
    time: Date.now(),
    event: "request",
    method,
    path: withoutQuery(url),
    status: response.headersSent ? response.statusCode : null,
    // The client went away before the end.
    aborted: response.writableFinished ? undefined : true,
    ms: Math.round(ms * 10) / 10,
    ip: socket.remoteAddress,
  });
}
