import type { Server as HttpServer } from "node:http";
import type { Server } from "node:net";
import type { Boot } from "../../protocol/ipc.ts";
import { serverFor } from "../../server/create-server.ts";
import type { SharedTls } from "../tls/shared-tls.ts";
import type { AppAddress } from "./app-address.ts";
import type { Place } from "./place.ts";

type Wishes = Pick<Boot, "tls" | "http2" | "timeouts">;

/**
 * Plain http servers that the app makes and listens with itself. The app's address is to speak TLS where a certificate is configured, and HTTP/2 where plain
 * listeners are to take it; the app's server keeps its socket, its address and its settings, and answers what arrives.
 */
export class PlainServers {
  readonly #boot: Wishes;
  readonly #tls: Pick<SharedTls, "secure">;
  readonly #address: AppAddress;
  readonly #fronts = new Map<Server, Server>();

  constructor(boot: Wishes, tls: Pick<SharedTls, "secure">, address: AppAddress) {
    this.#boot = boot;
    this.#tls = tls;
    this.#address = address;
  }

  /** To be awaited before it listens. Null: it is to stay as it is. */
  prepare(server: HttpServer, place: Place): Promise<void> | null {
    if (this.#boot.tls && this.#address.isMeant(place)) return this.#putTlsInFrontOf(server);
    return this.#boot.http2 === "all" ? this.#teachHttp2(server) : null;
  }

  /** What clients of `server` speak to: itself, if nothing stands in front of it. */
  front(server: Server): Server {
    return this.#fronts.get(server) ?? server;
  }

  async #putTlsInFrontOf(server: HttpServer): Promise<void> {
    const { putInFrontOf } = await import("../../server/tls/in-front-of.ts");
    const front = await serverFor(
      { kind: "server", framework: "http", server },
      this.#boot.timeouts,
      await this.#tls.secure(),
    );
    putInFrontOf(server, front);
    this.#fronts.set(server, front);
    server.once("close", () => this.#fronts.delete(server));
  }

  async #teachHttp2(server: HttpServer): Promise<void> {
    const { messageClasses } = await import("../../server/express-http2/message-classes.ts");
    const { takePriorKnowledge } = await import("../../server/prior-knowledge.ts");
    const [listener = {}] = server.listeners("request");
    takePriorKnowledge(server, this.#boot.timeouts, messageClasses(listener));
  }
}
