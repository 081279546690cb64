/**
 * Answers 503 while no worker is ready, so that nobody hangs and health checks see it. Started by primary/beside/stand-in.ts with the
 * inherited listeners' descriptors; it leaves when its message channel closes.
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { ServerHttp2Session } from "node:http2";
import net, { type Server, type Socket } from "node:net";
import type { StandInBoot, StandInMessage } from "../protocol/stand-in.ts";
import type { TlsState } from "../protocol/tls.ts";
import { serverFor } from "../server/create-server.ts";
import type { Keyring } from "../server/tls/keyring.ts";

const RETRY_AFTER_SECONDS = "5";
const LAST_ANSWERS_MS = 2_000;

function refuse(request: IncomingMessage, response: ServerResponse): void {
  request.resume();
  const fields = { "retry-after": RETRY_AFTER_SECONDS, "content-type": "text/plain" };
  response.writeHead(503, request.httpVersionMajor < 2 ? { ...fields, connection: "close" } : fields);
  response.end("Service unavailable, please try again in a few seconds.\n");
}

class StandIn {
  readonly #boot: StandInBoot;
  readonly #servers = new Set<Server>();
  readonly #sockets = new Set<Socket>();
  #keyring: Keyring | null = null;
  #leaving = false;

  constructor(boot: StandInBoot) {
    this.#boot = boot;
  }

  async openPlain(): Promise<void> {
    for (const { fd, secure } of this.#boot.listeners) if (!secure) await this.#open(fd, null);
  }

  /** The first state opens what speaks TLS. One that cannot be used leaves what is there. */
  async take(state: TlsState): Promise<void> {
    const { listeners, tls } = this.#boot;
    if (!tls) return;
    if (this.#keyring) return this.#keyring.take(state);
    const { Keyring } = await import("../server/tls/keyring.ts");
    this.#keyring = new Keyring(state, tls);
    for (const { fd, secure } of listeners) if (secure) await this.#open(fd, this.#keyring);
  }

  leave(): void {
    this.#leaving = true;
    // http's own close() resets connections that have not sent a byte yet (Node >= 26.4).
    for (const server of this.#servers) net.Server.prototype.close.call(server);
    const cut = (): void => {
      for (const socket of this.#sockets) socket.destroy();
    };
    setTimeout(cut, LAST_ANSWERS_MS).unref();
  }

  async #open(fd: number, keyring: Keyring | null): Promise<void> {
    const { http2, tls } = this.#boot;
    const secure = keyring && { keyring, http2: http2 !== "off", hsts: tls?.hsts ?? null };
    const kind = { kind: "listener", framework: "http", listener: refuse } as const;
    const server = await serverFor(kind, {}, secure, http2 === "all");
    if (this.#leaving) return;
    this.#servers.add(server);
    server.on("connection", (socket: Socket) => {
      this.#sockets.add(socket);
      socket.once("close", () => this.#sockets.delete(socket));
    });
    // As `connection: close` has it for HTTP/1: with the next request its client is to find a worker.
    server.on("session", (session: ServerHttp2Session) => session.once("stream", () => session.close()));
    server.listen({ fd });
  }
}

const standIn = new StandIn(JSON.parse(process.argv[2] ?? "{}") as StandInBoot);

for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => undefined);

process.on("message", ({ state }: StandInMessage) => void standIn.take(state));
process.once("disconnect", () => standIn.leave());
void standIn.openPlain();
// Lost while we were loading: the event has passed.
if (!process.connected) standIn.leave();
