/** What the primary gives all TLS servers of an app: whole, each time anything in it changes. */
export interface TlsState {
  /** Rises with each change. */
  readonly serial: number;
  readonly tickets: Tickets;
  /** The first is for clients that name no host, or one that none is for. Empty: TLS is not configured, and only the app's own servers speak it. */
  readonly certificates: readonly Certificate[];
  /** PEM. What the certificates of clients are checked against. */
  readonly clientCa: readonly string[];
  readonly challenges: Challenges;
}

/** What workers must agree on for a session that one has begun to be resumed by another. */
export interface Tickets {
  /** 48 bytes, in base64. */
  readonly keys: string;
  /** The same for all workers, releases and lives of an app: 32 characters. Node's own differs with each path of the entry. */
  readonly context: string;
}

/** A certificate with its key, readable by TLS as it is. */
export type Certificate = {
  /** Lower case, `*.example.com` included; what a client asks for by SNI. */
  readonly names: readonly string[];
} & (
  | {
      /** PEM: the leaf, then its intermediates in order. */
      readonly cert: string;
      /** PEM, without a passphrase. */
      readonly key: string;
    }
  | {
      /** PKCS #12, in base64. */
      readonly pfx: string;
      readonly passphrase: string | null;
    }
);

/** What a certificate authority asks to see, to know that these names are ours. */
export interface Challenges {
  /** http-01: the answer, by its token. */
  readonly http01: Readonly<Record<string, string>>;
  /** tls-alpn-01: the certificate (PEM) to show for a name. */
  readonly alpn01: Readonly<Record<string, { readonly cert: string; readonly key: string }>>;
}

/** How a worker is to speak TLS where Drover makes the server; fixed for its life. */
export interface TlsOptions {
  readonly minVersion: "TLSv1.2" | "TLSv1.3";
  readonly clientCert: "none" | "ask" | "require";
  /** The value of Strict-Transport-Security. Null: it is not sent. */
  readonly hsts: string | null;
}

/** Where a certificate is. `cert`, `key` and each of `ca` are PEM texts or paths, `pfx` is a path. */
export interface CertificateSource {
  readonly cert: string | null;
  readonly key: string | null;
  readonly ca: readonly string[];
  readonly passphrase: string | null;
  readonly pfx: string | null;
  /** What it is for; empty: the names in it. */
  readonly names: readonly string[];
}
