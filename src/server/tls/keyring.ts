import type { SecureContext, Server, TLSSocket, TlsOptions as ServerOptions } from "node:tls";
import { isDeepStrictEqual } from "node:util";
import type { TlsOptions, TlsState } from "../../protocol/tls.ts";
import { certificateContext, serverContext } from "./context-options.ts";
import { findByName } from "./find-by-name.ts";
import { tls } from "./node-tls.ts";

/** How a name is proved to an authority at the port of HTTPS (RFC 8737): a handshake for this protocol gets a certificate made for it, and nothing else. */
export const CHALLENGE_PROTOCOL = "acme-tls/1";

interface Made {
  readonly state: TlsState;
  readonly context: ServerOptions;
  /** By name. Null: the server's own. */
  readonly byName: ReadonlyMap<string, { readonly context: SecureContext | null }>;
  readonly challenges: ReadonlyMap<string, SecureContext>;
}

/** What the TLS servers that Drover makes in this worker show to clients. They share it, and swap it together while connections live on. */
export class Keyring {
  readonly #options: TlsOptions;
  readonly #servers = new Set<Server>();
  readonly #proving = new WeakSet<object>();
  #made: Made;

  /** @throws what OpenSSL says of a certificate it cannot use */
  constructor(state: TlsState, options: TlsOptions) {
    this.#options = options;
    this.#made = make(state, options, null);
  }

  /**
   * For the options of a server.
   * @param protocols what it speaks, by the names of ALPN, the best first
   */
  serverOptions(protocols: readonly string[]): ServerOptions {
    const { clientCert } = this.#options;
    const contextFor = this.#contextFor.bind(this);
    const prove = this.#prove.bind(this);
    return {
      ...this.#made.context,
      requestCert: clientCert !== "none",
      rejectUnauthorized: clientCert === "require",
      SNICallback(this: unknown, name, use) {
        use(null, contextFor(this, name));
      },
      // As a callback alone it is possible to show another certificate to who asks for the protocol of challenges.
      ALPNCallback(this: unknown, { servername, protocols: offered }) {
        const found = protocols.find((protocol) => offered.includes(protocol));
        if (found === undefined && offered.includes(CHALLENGE_PROTOCOL)) return prove(this as TLSSocket, servername);
        return found;
      },
    };
  }

  /** From now on the server follows. */
  add(server: Server): void {
    this.#servers.add(server);
    if (this.#options.clientCert === "ask") server.prependListener("secureConnection", notWithoutCertificate);
    server.once("close", () => this.#servers.delete(server));
  }

  has(server: unknown): boolean {
    return this.#servers.has(server as Server);
  }

  /**
   * For handshakes from now on.
   * @throws what OpenSSL says of a certificate it cannot use: then all servers keep what they have
   */
  take(state: TlsState): void {
    const isSame = isDeepStrictEqual(identityOf(state), identityOf(this.#made.state));
    this.#made = make(state, this.#options, isSame ? this.#made : null);
    const { context } = this.#made;
    for (const server of this.#servers) {
      if (isSame) server.setTicketKeys(context.ticketKeys as Buffer);
      else server.setSecureContext(context);
    }
  }

  /** Undefined: the server's own. In TLS 1.3 the protocol has been chosen before, and with it the certificate. */
  #contextFor(socket: unknown, name: string): SecureContext | undefined {
    if (this.#proving.has(socket as object)) return undefined;
    return findByName(this.#made.byName, name)?.context ?? undefined;
  }

  /** Undefined: nothing is to be proved for that name, and the handshake fails. */
  #prove(socket: TLSSocket, name: string | false): string | undefined {
    const challenge = name === false ? undefined : this.#made.challenges.get(name.toLowerCase());
    if (!challenge) return undefined;
    this.#proving.add(socket);
    socket.setKeyCert(challenge);
    return CHALLENGE_PROTOCOL;
  }
}

/** For Node 22, whoever resumes a session of TLS 1.3 is authorized, also one who has never shown a certificate. */
function notWithoutCertificate(socket: TLSSocket): void {
  if (!socket.authorized || socket.getPeerX509Certificate()) return;
  Object.assign(socket, { authorized: false, authorizationError: "UNABLE_TO_GET_ISSUER_CERT" });
}

/** What takes new contexts when it changes; the rest of a state does not. */
function identityOf({ certificates, clientCa, tickets }: TlsState): unknown {
  return { certificates, clientCa, context: tickets.context };
}

/** @param same what was made of the same certificates */
function make(state: TlsState, options: TlsOptions, same: Made | null): Made {
  const context = serverContext(state, options);
  // Each server makes its own: here it is tried, before any of them is touched.
  if (!same) tls.createSecureContext(context);
  return { state, context, byName: same?.byName ?? byName(state), challenges: challenges(state) };
}

/** The first certificate with a name counts. */
function byName({ certificates, clientCa }: TlsState): Made["byName"] {
  const found = new Map<string, { readonly context: SecureContext | null }>();
  certificates.forEach((certificate, index) => {
    const context = index === 0 ? null : tls.createSecureContext(certificateContext(certificate, clientCa));
    for (const name of certificate.names) if (!found.has(name)) found.set(name, { context });
  });
  return found;
}

function challenges({ challenges: { alpn01 } }: TlsState): Made["challenges"] {
  return new Map(
    Object.entries(alpn01).map(([name, { key, cert }]) => [
      name.toLowerCase(),
      tls.createSecureContext({ key, cert, ca: [] }),
    ]),
  );
}
