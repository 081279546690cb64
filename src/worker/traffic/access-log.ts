import type { ServerResponse } from "node:http";
import type { IncomingHttpHeaders, ServerHttp2Stream } from "node:http2";
import { isSent } from "../../server/sent-streams.ts";
import { withoutQuery, type Traffic } from "./traffic.ts";
import { clientOf } from "./trusted-proxies.ts";

/** A request that is over. */
interface Line {
  readonly method: string | undefined;
  readonly url: string | undefined;
  readonly protocol: string;
  /** Null: it was not answered. */
  readonly status: number | null;
  readonly aborted: boolean;
  readonly ms: number;
  readonly ip: string | undefined;
}

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
  const log = (line: Line): void => {
    if (lines === "") setImmediate(flush);
    lines += `${render(line)}\n`;
  };
  traffic.onRequest((response) => {
    const startedAt = performance.now();
    response.on("close", () => log(lineOf(response, performance.now() - startedAt)));
  });
  traffic.http2.onStream((stream, headers) => {
    const startedAt = performance.now();
    // The session may be gone when the stream is.
    const ip = stream.session?.socket.remoteAddress;
    stream.once("close", () =>
      log(lineOfStream(stream, headers, clientOf(stream) ?? ip, performance.now() - startedAt)),
    );
  });
  process.on("exit", flush);
}

function lineOf(response: ServerResponse, ms: number): Line {
  const { req } = response;
  const { method, url, httpVersion, socket } = req;
  const status = response.headersSent ? response.statusCode : null;
  const aborted = !response.writableFinished;
  const ip = clientOf(req) ?? socket.remoteAddress;
  return { method, url, protocol: `HTTP/${httpVersion}`, status, aborted, ms, ip };
}

function lineOfStream(
  stream: ServerHttp2Stream,
  headers: IncomingHttpHeaders,
  ip: string | undefined,
  ms: number,
): Line {
  const status = stream.headersSent ? Number(stream.sentHeaders[":status"]) : null;
  const aborted = stream.rstCode !== 0 || !isSent(stream);
  return { method: headers[":method"], url: headers[":path"], protocol: "HTTP/2.0", status, aborted, ms, ip };
}

function render({ method, url, protocol, status, aborted, ms, ip }: Line): string {
  return JSON.stringify({
    time: Date.now(),
    event: "request",
    method,
    path: withoutQuery(url),
    protocol,
    status,
    // The client went away before the end.
    aborted: aborted || undefined,
    ms: Math.round(ms * 10) / 10,
    ip,
  });
}
