import type * as Http2 from "node:http2";
import type { Server } from "node:net";
import { duplexPair, type Duplex } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import type * as Tls from "node:tls";
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

/**
 * Asks a server of this process for a path, over a connection in memory: nobody else can be the one who answers, and the server need not accept yet.
 * Null when it answers 2xx or 3xx, else what came instead, in words.
 */
export async function probe(server: Server | undefined, path: string): Promise<string | null> {
  const question = `GET ${path}`;
  const ask = server && asking(server);
  if (!ask) return `${question} could not be asked: the app has opened no HTTP server`;
  const [near, far] = duplexPair();
  const answered = new AbortController();
  for (const end of [near, far]) end.on("error", () => undefined);
  try {
    server.emit("connection", Object.assign(far, LIKE_A_SOCKET));
    const status = await Promise.race([ask(near, path), sleep(PATIENCE, null, answered)]);
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

/** Resolves with the status when the whole answer is there. */
type Ask = (connection: Duplex, path: string) => Promise<number>;

function asking(server: Server): Ask | null {
  switch (protocolOf(server)) {
    case "http":
      return http1;
    case "https":
      return (connection, path) => http1(secure(connection, []), path);
    case "http2":
      return (connection, path) => http2(connection, "http", path);
    case "https+http2":
      return (connection, path) => http2(secure(connection, ["h2"]), "https", path);
    case "tcp":
      return null;
  }
}

/** Nobody is in between, so whose certificate it is does not matter. */
function secure(socket: Duplex, ALPNProtocols: string[]): Duplex {
  const { connect }: typeof Tls = process.getBuiltinModule("node:tls");
  const connection = connect({ socket, ALPNProtocols, servername: "localhost", rejectUnauthorized: false });
  return connection.on("error", () => undefined);
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

async function http2(connection: Duplex, scheme: string, path: string): Promise<number> {
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
