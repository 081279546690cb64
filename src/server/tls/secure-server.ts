import type { ServerResponse } from "node:http";
import type { Server as NetServer } from "node:net";
import type { Server as TlsServer, TLSSocket } from "node:tls";
import type { Listener } from "../app-kind.ts";
import type { MessageClasses } from "../express-http2/message-classes.ts";
import type { Http1Messages } from "../express-messages.ts";
import { http2Options } from "../http2-options.ts";
import { CHECK_INTERVAL, type HttpLimits } from "../limits.ts";
import { refuseTwoHosts } from "../one-host.ts";
import { limitSessions } from "../session-limits.ts";
import { CHALLENGE_PROTOCOL, type Keyring } from "./keyring.ts";
import { http2, https } from "./node-tls.ts";
import { answerPlainHttp } from "./plain-http.ts";

/** How the servers of an exported app speak TLS. */
export interface Secure {
  readonly keyring: Keyring;
  /** Whether HTTP/2 is spoken beside HTTP/1.1: the client chooses. */
  readonly http2: boolean;
  /** The value of Strict-Transport-Security; null: it is not sent. */
  readonly hsts: string | null;
}

/** The classes of requests and responses where HTTP/2 is spoken, of HTTP/1 and of HTTP/2; Node's own where there is none. */
type Messages = Http1Messages & Partial<MessageClasses>;

export function createSecureServer(
  listener: Listener,
  secure: Secure,
  limits: HttpLimits,
  messages: Messages,
): NetServer {
  const { keyring } = secure;
  const server = secure.http2 ? withHttp2(keyring, limits, messages) : http1Alone(keyring, limits.headers);
  keyring.add(server);
  answerPlainHttp(server);
  if (secure.hsts !== null) insistOnTls(server, secure.hsts);
  server.on("request", listener);
  return server;
}

function withHttp2(keyring: Keyring, limits: HttpLimits, messages: Messages): TlsServer {
  const server = http2().createSecureServer({
    ...keyring.serverOptions(["h2", "http/1.1"]),
    ...http2Options("visitor"),
    ...messages,
    Http1IncomingMessage: messages.IncomingMessage,
    Http1ServerResponse: messages.ServerResponse,
    allowHTTP1: true,
    handshakeTimeout: limits.headers,
    connectionsCheckingInterval: CHECK_INTERVAL,
  } as object);
  // Node 22 takes it from here.
  Object.assign(server, { connectionsCheckingInterval: CHECK_INTERVAL });
  limitSessions(server, limits);
  refuseTwoHosts(server);
  return server.on("unknownProtocol", (socket: TLSSocket) => socket.destroySoon());
}

function http1Alone(keyring: Keyring, handshakeTimeout: number): TlsServer {
  const options = { ...keyring.serverOptions(["http/1.1"]), handshakeTimeout };
  const server = https().createServer({ ...options, connectionsCheckingInterval: CHECK_INTERVAL });
  return server.prependListener("secureConnection", (socket: TLSSocket) => {
    if (socket.alpnProtocol === CHALLENGE_PROTOCOL) socket.destroySoon();
  });
}

/** Before the app, which may say otherwise. */
function insistOnTls(server: TlsServer, value: string): void {
  server.on("request", (_request: unknown, response: ServerResponse) => {
    response.setHeader("Strict-Transport-Security", value);
  });
}
