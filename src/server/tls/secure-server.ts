import type { ServerResponse } from "node:http";
import type { Server as NetServer } from "node:net";
import type { Server as TlsServer, TLSSocket } from "node:tls";
import type { Listener } from "../app-kind.ts";
import { CHECK_INTERVAL } from "../limits.ts";
import { CHALLENGE_PROTOCOL, type Keyring } from "./keyring.ts";
import { http2, https } from "./node-tls.ts";

/** How the servers of an exported app speak TLS. */
export interface Secure {
  readonly keyring: Keyring;
  /** Whether HTTP/2 is spoken beside HTTP/1.1: the client chooses. */
  readonly http2: boolean;
  /** The value of Strict-Transport-Security; null: it is not sent. */
  readonly hsts: string | null;
}

/** @param handshake how long a client may take for it, in milliseconds */
export function createSecureServer(listener: Listener, secure: Secure, handshake: number): NetServer {
  const server = secure.http2 ? withHttp2(secure.keyring, handshake) : http1Alone(secure.keyring, handshake);
  secure.keyring.add(server);
  if (secure.hsts !== null) insistOnTls(server, secure.hsts);
  server.on("request", listener);
  return server;
}

function withHttp2(keyring: Keyring, handshakeTimeout: number): TlsServer {
  const server = http2().createSecureServer({
    ...keyring.serverOptions(["h2", "http/1.1"]),
    allowHTTP1: true,
    handshakeTimeout,
    connectionsCheckingInterval: CHECK_INTERVAL,
  } as object);
  // Node 22 takes it from here.
  Object.assign(server, { connectionsCheckingInterval: CHECK_INTERVAL });
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
