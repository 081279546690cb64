import { connect as connectTcp, type Socket } from "node:net";
import { connect as connectTls, type TLSSocket } from "node:tls";
import type { Outcome, Target } from "./client.ts";

/** How a connection failed, by its error. */
export function outcomeOf(error: NodeJS.ErrnoException): Outcome {
  if (error.code === "ECONNREFUSED" || error.code === "ENOENT") return "refused";
  return "reset";
}

/** A connection on its way: TCP or a unix socket, with TLS over it where the target has a certificate to trust. */
export class OpenSocket {
  readonly socket: Socket;
  /** Resolves when the connection stands, its handshake included, or with why it does not. */
  readonly opened: Promise<Outcome>;
  /** When its first packet left, on the clock of `performance.now()`. */
  readonly start = performance.now();
  /** The client's own port. 0 before it was connected. */
  localPort = 0;
  /** The first. */
  error: string | undefined;

  constructor(target: Target, boundMs: number) {
    const { host = "127.0.0.1", port = 0, path, ca, http2 = false } = target;
    const address = path === undefined ? { host, port } : { path };
    const tls = { ...address, ca, servername: "localhost", ALPNProtocols: [http2 ? "h2" : "http/1.1"] };
    this.socket = ca === undefined ? connectTcp(address) : connectTls(tls);
    this.socket.setNoDelay(true);
    this.socket.once("connect", () => (this.localPort = this.socket.localPort ?? 0));
    this.opened = this.#open(ca === undefined ? "connect" : "secureConnect", boundMs, ca !== undefined && http2);
  }

  #open(event: "connect" | "secureConnect", boundMs: number, wantsHttp2: boolean): Promise<Outcome> {
    return new Promise((resolve) => {
      const settle = (outcome: Outcome): void => {
        clearTimeout(timer);
        resolve(outcome);
      };
      const timer = setTimeout(() => {
        settle("hung");
        this.socket.destroy();
      }, boundMs);
      this.socket.once(event, () => settle(wantsHttp2 ? this.#agreed() : "ok"));
      this.socket.once("close", () => settle("closed"));
      this.socket.on("error", (error: NodeJS.ErrnoException) => {
        this.error ??= error.message;
        settle(outcomeOf(error));
      });
    });
  }

  #agreed(): Outcome {
    const { alpnProtocol } = this.socket as TLSSocket;
    if (alpnProtocol === "h2") return "ok";
    this.error = `expected HTTP/2 by ALPN, got ${alpnProtocol || "nothing"}`;
    return "bad";
  }
}
