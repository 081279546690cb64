import type { Server as NetServer } from "node:net";
import type { Boot } from "../../protocol/ipc.ts";
import type { TlsState } from "../../protocol/tls.ts";
import { isTlsServer } from "../../server/node-http.ts";
import type { AppServers } from "../../server/tls/app-servers.ts";
import type { Keyring } from "../../server/tls/keyring.ts";
import type { Secure } from "../../server/tls/secure-server.ts";
import type { Channel } from "../channel.ts";

/**
 * What TLS servers of all workers share, as the primary says it: given to those that Drover makes here, and of it to the app's own what lets sessions be
 * resumed elsewhere. A worker without TLS loads nothing for it.
 */
export class SharedTls {
  readonly #boot: Pick<Boot, "tls" | "http2">;
  readonly #channel: Pick<Channel, "hold" | "send">;
  readonly #told = Promise.withResolvers<void>();
  #state: TlsState | null = null;
  #keyring: Keyring | null = null;
  #appServers: AppServers | null = null;

  constructor(boot: Pick<Boot, "tls" | "http2">, channel: Pick<Channel, "hold" | "send">) {
    this.#boot = boot;
    this.#channel = channel;
  }

  /** Answers why Drover's servers keep what they had, or null: they use it. */
  take(state: TlsState): string | null {
    this.#appServers?.take(state.tickets);
    const error = this.#swap(state);
    if (error === null) this.#state = state;
    this.#told.resolve();
    return error;
  }

  /** Answers to http-01 challenges, by their tokens. */
  get http01(): Readonly<Record<string, string>> {
    return this.#state?.challenges.http01 ?? {};
  }

  /** How servers that Drover makes speak TLS, when the primary has said so; null: they do not. */
  async secure(): Promise<Secure | null> {
    const { tls, http2 } = this.#boot;
    if (!tls) return null;
    const { Keyring } = await import("../../server/tls/keyring.ts");
    const state = await this.#latest();
    this.#keyring ??= new Keyring(state, tls);
    return { keyring: this.#keyring, http2: http2 !== "off", hsts: tls.hsts };
  }

  /** To be awaited before a server listens. Null: it has nothing to do with TLS, or was made by us. */
  prepare(server: NetServer): Promise<void> | null {
    if (!isTlsServer(server) || this.#keyring?.has(server)) return null;
    return this.#letShare(server);
  }

  /** Whether it speaks TLS with certificates of the app's own. */
  isForeign(server: NetServer): boolean {
    return isTlsServer(server) && !this.#keyring?.has(server);
  }

  async #letShare(server: Parameters<AppServers["add"]>[0]): Promise<void> {
    const { AppServers } = await import("../../server/tls/app-servers.ts");
    const { tickets } = await this.#latest();
    this.#appServers ??= new AppServers(tickets);
    this.#appServers.add(server);
  }

  async #latest(): Promise<TlsState> {
    if (!this.#state) this.#channel.hold();
    // Where it is configured the primary says it unasked.
    if (!this.#state && !this.#boot.tls) this.#channel.send({ type: "wants-tls" });
    await this.#told.promise;
    if (!this.#state) throw new Error("the first state cannot be refused: nothing uses it yet");
    return this.#state;
  }

  #swap(state: TlsState): string | null {
    try {
      this.#keyring?.take(state);
      return null;
    } catch (error) {
      return (error as Error).message;
    }
  }
}
