import { createHash, randomBytes } from "node:crypto";
import type { Config } from "../../config/config.ts";
import { speaksTls } from "../../config/tls.ts";
import type { Tickets, TlsState } from "../../protocol/tls.ts";
import { loadCertificate } from "../../tls/load-certificate.ts";

/** What TLS servers of the app share: made here, given to each worker after its fork and again at each change. */
export class TlsDesk {
  readonly #tickets: Tickets;
  #serial = 0;

  /** `name`: the app's, which its sessions belong to. */
  constructor(name: string) {
    const context = createHash("sha256").update(`drover ${name}`).digest("hex").slice(0, 32);
    this.#tickets = { keys: randomBytes(48).toString("base64"), context };
  }

  /** For a worker of the generation with this configuration. */
  stateFor({ tls }: Config): TlsState {
    const certificates = speaksTls(tls) && tls.cert !== null ? [loadCertificate(tls)] : [];
    this.#serial += 1;
    return {
      serial: this.#serial,
      tickets: this.#tickets,
      certificates,
      clientCa: [],
      challenges: { http01: {}, alpn01: {} },
    };
  }
}
