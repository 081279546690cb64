import { once } from "node:events";
import type { AddressInfo } from "node:net";
import type { TestContext } from "node:test";
import { connect, type ConnectionOptions, type TLSSocket } from "node:tls";
import type { TlsOptions, TlsState } from "../../src/protocol/tls.ts";
import { resolveKind, serverFor } from "../../src/server/create-server.ts";
import { Keyring } from "../../src/server/tls/keyring.ts";
import { TLS_DEFAULTS } from "./tls-state.ts";

export interface SecureServer {
  readonly port: number;
  readonly keyring: Keyring;
}

export interface SecureOptions extends Partial<TlsOptions> {
  /** Default: spoken. */
  readonly http2?: boolean;
  /** For the handshake and for the head of a request. Milliseconds; default 15 s. */
  readonly headers?: number;
  /** Milliseconds. Default 65 s. */
  readonly keepAlive?: number;
}

/** The server a worker would make for that app, on a port of its own until the test's end. */
export async function serveSecurely(
  t: TestContext,
  app: unknown,
  state: TlsState,
  { http2 = true, headers = 15_000, keepAlive = 65_000, ...given }: SecureOptions = {},
): Promise<SecureServer> {
  const options = { ...TLS_DEFAULTS, ...given };
  const keyring = new Keyring(state, options);
  const secure = { keyring, http2, hsts: options.hsts };
  const server = await serverFor(await resolveKind(app), { headers, keepAlive }, secure);
  const sockets = new Set<TLSSocket>();
  server.on("secureConnection", (socket: TLSSocket) => sockets.add(socket));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  return { port: (server.address() as AddressInfo).port, keyring };
}

/** What a client saw of a handshake. */
export interface Handshake {
  /** The common name of the server's certificate, or how it failed. */
  readonly subject: string;
  readonly alpn: string | false | null;
  readonly resumed: boolean;
  readonly version: string | null;
}

/** One handshake, by which nothing is verified, and nothing after it. */
export async function shakeHands(port: number, options: ConnectionOptions = {}): Promise<Handshake> {
  const socket = connect({ port, host: "127.0.0.1", rejectUnauthorized: false, ...options });
  try {
    await once(socket, "secureConnect");
    const { CN: subject } = socket.getPeerCertificate().subject;
    return {
      subject: String(subject),
      alpn: socket.alpnProtocol,
      resumed: socket.isSessionReused(),
      version: socket.getProtocol(),
    };
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    return { subject: code ?? message, alpn: null, resumed: false, version: null };
  } finally {
    socket.destroy();
  }
}
