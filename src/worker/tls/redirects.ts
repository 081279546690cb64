import { once } from "node:events";
import type { Server } from "node:net";
import type { Boot } from "../../protocol/ipc.ts";
import { isTlsServer } from "../../server/node-http.ts";
import type { ListenCapture } from "../sockets/capture-listen.ts";
import type { SharedTls } from "./shared-tls.ts";

const HTTPS = 443;

/** Where plain HTTP is sent on to HTTPS, for exported apps and for those that listen by themselves. */
export class Redirects {
  readonly #boot: Pick<Boot, "redirects">;
  readonly #tls: SharedTls;
  readonly #capture: ListenCapture;
  readonly #servers = new Set<Server>();

  constructor(boot: Pick<Boot, "redirects">, tls: SharedTls, capture: ListenCapture) {
    this.#boot = boot;
    this.#tls = tls;
    this.#capture = capture;
  }

  has(server: Server): boolean {
    return this.#servers.has(server);
  }

  /** Once the app is up: only then it is known where HTTPS is. */
  async open(): Promise<void> {
    if (this.#boot.redirects.length === 0) return;
    const { createRedirect } = await import("../../server/redirect.ts");
    for (const address of this.#boot.redirects) {
      const server = createRedirect(() => ({ http01: this.#tls.http01, port: this.#securePort() }));
      this.#servers.add(server);
      await once(server.listen(address), "listening");
    }
  }

  /** Of the first server that speaks TLS. */
  #securePort(): number {
    for (const { server, front } of this.#capture.servers()) {
      const address = isTlsServer(front) ? server.address() : null;
      if (typeof address === "object" && address) return address.port;
    }
    return HTTPS;
  }
}
