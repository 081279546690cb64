import type * as Http2 from "node:http2";
import type { Server } from "node:net";
import { duplexPair, type Duplex } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import { protocolOf } from "./framework.ts";

/** How long an answer may take. Milliseconds. */
const PATIENCE = 1_000;

/** What an app may want of a connection, and a pair in memory has not. */
const LIKE_A_SOCKET = {
  remoteAddress: "127.0.0.1",
  remoteFamily: "IPv4",
  remotePort: 0,
  setKeepAlive: returnThis,
  setNoDelay: returnThis,
  setTimeout: returnThis,
  ref: returnThis,
  unref: returnThis,
};

/** What it may want of TLS. The client has no certificate. */
const LIKE_TLS = {
  encrypted: true,
  authorized: false,
  getPeerCertificate: () => ({}),
  getPeerX509Certificate: () => undefined,
  getProtocol: () => null,
  getCipher: () => ({}),
  isSessionReused: () => false,
};

/**
 * Asks a server of this process for a path, over a connection in memory: nobody else can be the one who answers, and the server need not accept yet.
 * Where it speaks TLS the handshake is left out: with it a server that wants certificates of its clients could not be asked.
 * Null when it answers 2xx or 3xx, else what came instead, in words.
 */
export async function probe(server: Server | undefined, path: string): Promise<string | null> {
  const question = `GET ${path}`;
  const way = server && wayTo(server);
  if (!way) return `${question} could not be asked: the app has opened no HTTP server`;
  const [near, far] = duplexPair();
  const answered = new AbortController();
  for (const end of [near, far]) end.on("error", () => undefined);
  try {
    server.emit(way.arrives, Object.assign(far, LIKE_A_SOCKET, way.like));
    const status = await Promise.race([way.ask(near, path), sleep(PATIENCE, null, answered)]);
    if (status === null) return `${question} got no answer within ${PATIENCE / 1_000} s`;
    return status >= 200 && status < 400 ? null : `${question} answered ${status}`;
  } catch (error) {
    return `${question} failed: ${(error as Error).message}`;
  } finally {
    answered.abort();
    near.destroy();
    far.destroy();
  }
}

interface Way {
  /** The server's event for a connection that can be read. */
  readonly arrives: "connection" | "secureConnection";
  readonly like: object;
  /** Resolves with the status when the whole answer is there. */
  readonly ask: (connection: Duplex, path: string) => Promise<number>;
}

function wayTo(server: Server): Way | null {
  switch (protocolOf(server)) {
    case "http":
      return { arrives: "connection", like: {}, ask: http1 };
    case "http2":
      return { arrives: "connection", like: {}, ask: (...asked) => http2("http", ...asked) };
    case "https":
      return overTls(server, false, http1);
    case "https+http2":
      return speaksHttp1(server) ? overTls(server, false, http1) : overHttp2Alone(server);
    case "tcp":
      return null;
  }
}

function overTls(server: Server, alpnProtocol: "h2" | false, ask: Way["ask"]): Way {
  return { arrives: "secureConnection", like: { ...LIKE_TLS, server, alpnProtocol }, ask };
}

/** A server of HTTP/2 has limits of HTTP/1 only where it speaks that, too. */
function speaksHttp1(server: Server): boolean {
  return "requestTimeout" in server;
}

/** What Node's HTTP/2 is given in memory it wraps once more. */
function overHttp2Alone(server: Server): Way {
  server.once("session", ({ socket }: { socket: object }) => Object.assign(socket, LIKE_TLS));
  return overTls(server, "h2", (...asked) => http2("https", ...asked));
}

/** Without Node's own client, which the app's tracing may have wrapped. */
async function http1(connection: Duplex, path: string): Promise<number> {
  connection.write(`GET ${path} HTTP/1.1\r\nHost: localhost\r\nUser-Agent: drover-probe\r\nConnection: close\r\n\r\n`);
  let answer = "";
  for await (const chunk of connection.setEncoding("latin1")) answer += chunk as string;
  const status = FINAL_STATUS.exec(answer)?.[1];
  if (status === undefined) throw new Error("the connection was closed without an answer");
  return Number(status);
}

/** Others, such as 103, come before it. */
const FINAL_STATUS = /(?:^|\r\n\r\n)HTTP\/1\.1 ([2-5]\d\d) /;

async function http2(scheme: "http" | "https", connection: Duplex, path: string): Promise<number> {
  const { connect }: typeof Http2 = process.getBuiltinModule("node:http2");
  const session = connect(`${scheme}://localhost`, { createConnection: () => connection });
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  session.on("error", reject);
  const stream = session.request({ ":path": path, "user-agent": "drover-probe" });
  stream.on("response", (headers) => stream.resume().on("end", () => resolve(Number(headers[":status"]))));
  stream.on("error", reject);
  return promise.finally(() => session.destroy());
}

function returnThis(this: Duplex): Duplex {
  return this;
}
