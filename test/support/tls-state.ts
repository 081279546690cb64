import { randomBytes } from "node:crypto";
import type { TlsOptions, TlsState } from "../../src/protocol/tls.ts";
import type { Certificate } from "./certificates.ts";

/** As the primary would send it. What is not given is empty; keys for tickets are new ones. */
export function tlsState(certificates: readonly NamedCertificate[], more: Partial<TlsState> = {}): TlsState {
  return {
    serial: 1,
    tickets: { keys: randomBytes(48).toString("base64"), context: "0123456789abcdef0123456789abcdef" },
    certificates: certificates.map(({ names, cert, key, intermediates = [] }) => {
      return { names, cert: [cert, ...intermediates].join(""), key };
    }),
    clientCa: [],
    challenges: { http01: {}, alpn01: {} },
    ...more,
  };
}

export interface NamedCertificate extends Certificate {
  readonly names: readonly string[];
  readonly intermediates?: readonly string[];
}

/** As the options of Drover have it when nobody says otherwise. */
export const TLS_DEFAULTS: TlsOptions = { minVersion: "TLSv1.2", clientCert: "none", hsts: null };
