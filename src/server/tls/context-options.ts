import { constants, createHash } from "node:crypto";
import type { SecureContextOptions, TlsOptions as ServerOptions } from "node:tls";
import { TLS12_CIPHERS } from "../../protocol/ciphers.ts";
import type { Certificate, TlsOptions, TlsState } from "../../protocol/tls.ts";

/** All of TLS 1.3 too. Curves are left to OpenSSL, whose older versions refuse names they do not know. */
const CIPHERS = [
  "TLS_AES_128_GCM_SHA256",
  "TLS_AES_256_GCM_SHA384",
  "TLS_CHACHA20_POLY1305_SHA256",
  ...TLS12_CIPHERS,
].join(":");

/**
 * Mozilla lets the client choose, which knows whether its machine is fast at AES, and scanners call the lack of an order a fault. So there is one, and who
 * wants ChaCha20 first gets it. Nobody renegotiates: that costs the server more than the client, and HTTP has no use for it.
 */
const SECURE_OPTIONS = constants.SSL_OP_PRIORITIZE_CHACHA | constants.SSL_OP_NO_RENEGOTIATION;

/** How long a session may be resumed, in seconds. Its ticket's key seldom lives longer. */
const SESSION_TIMEOUT = 12 * 3600;

/** All that `setSecureContext` must be given each time, since it begins anew. */
export function serverContext(state: TlsState, { minVersion, clientCert }: TlsOptions): ServerOptions {
  const { tickets, clientCa, certificates } = state;
  const [first] = certificates;
  return {
    ...(first && certificateContext(first, clientCa)),
    ciphers: CIPHERS,
    honorCipherOrder: true,
    minVersion,
    secureOptions: SECURE_OPTIONS,
    sessionTimeout: SESSION_TIMEOUT,
    ticketKeys: Buffer.from(tickets.keys, "base64"),
    sessionIdContext: sessionContext(tickets.context, clientCert === "none" ? null : { clientCert, clientCa }),
  };
}

/** Of one certificate. The rest is the server's, whichever of them a client gets. */
export function certificateContext(certificate: Certificate, clientCa: readonly string[]): SecureContextOptions {
  // `ca` is for the certificates of clients: the server's own chain is in `cert`. Without it Node would load every root it knows.
  const ca = [...clientCa];
  if ("cert" in certificate) return { key: certificate.key, cert: certificate.cert, ca };
  const { pfx, passphrase } = certificate;
  return { pfx: Buffer.from(pfx, "base64"), ca, ...(passphrase === null ? {} : { passphrase }) };
}

/**
 * Whoever resumes a session is not asked for a certificate again. So one may be resumed only where clients are asked for the same: else a session begun at
 * a server that asks for none would open one that does.
 * @param asked what decides which clients are let in; null: nobody is asked for a certificate
 * @returns 32 characters
 */
function sessionContext(context: string, asked: object | null): string {
  if (asked === null) return context;
  return createHash("sha256")
    .update(JSON.stringify([context, asked]))
    .digest("hex")
    .slice(0, 32);
}
