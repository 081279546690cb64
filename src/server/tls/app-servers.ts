import { createHash } from "node:crypto";
import type { Server } from "node:tls";
import type { Tickets } from "../../protocol/tls.ts";

/** Fields in which Node keeps what a TLS server was given, and the context it has made of that. */
interface Kept {
  readonly requestCert?: boolean;
  readonly ticketKeys?: Buffer;
  readonly sessionIdContext?: string;
  readonly _sharedCreds?: { readonly context?: { setSessionIdContext?(context: string): void } };
}

/**
 * TLS servers that the app has made. Sessions that begin there can be resumed in every worker and release; all else of them stays as it was written, and
 * so do tickets and a context that the app has chosen itself. One that asks clients for certificates shares nothing: whoever resumes a session is not asked
 * again, and whom it lets in cannot be known (`addContext`, `SNICallback`, the release before). Its sessions, and all where Node hides its fields better, are
 * resumed by the worker that began them.
 */
export class AppServers {
  readonly #servers = new Set<Server>();
  #tickets: Tickets;

  constructor(tickets: Tickets) {
    this.#tickets = tickets;
  }

  take(tickets: Tickets): void {
    this.#tickets = tickets;
    for (const server of this.#servers) share(server, tickets);
  }

  add(server: Server): void {
    share(server, this.#tickets);
    if (this.#servers.has(server)) return;
    this.#servers.add(server);
    afterEachContext(server, () => share(server, this.#tickets));
  }
}

function share(server: Server, { keys, context }: Tickets): void {
  const kept = server as unknown as Kept;
  if (kept.requestCert) return;
  if (kept.ticketKeys === undefined) server.setTicketKeys(Buffer.from(keys, "base64"));
  if (kept.sessionIdContext !== nodesContext()) return;
  kept._sharedCreds?.context?.setSessionIdContext?.(context);
}

/** When the app changes its certificates, Node makes keys for tickets that nobody else has. */
function afterEachContext(server: Server, then: () => void): void {
  const set = server.setSecureContext.bind(server);
  const setSecureContext = (options: Parameters<typeof set>[0]): void => {
    set(options);
    then();
  };
  Object.assign(server, { setSecureContext });
}

/** What Node takes where the app gives none: it differs with each path of the entry. */
function nodesContext(): string {
  return createHash("sha1").update(process.argv.join(" ")).digest("hex").slice(0, 32);
}
