import type { Challenges } from "./tls.ts";

/**
 * What the primary and the certifier say to each other, as JSON over the child's message channel. The certifier gets one job, does it and exits: with 0 after
 * `done` or `renewal-window`, with 1 after `failed`. It leaves when the channel closes.
 */

export type ChallengeType = "http-01" | "tls-alpn-01";

/** PEM texts. */
export interface KeyAndCert {
  readonly key: string;
  readonly cert: string;
}

/**
 * From an ACME certificate authority. Writes `keyFile`, then `certFile` (the leaf, then its intermediates), then says `done`. They may be the same file, which then
 * holds both and changes at once.
 */
export interface ObtainJob {
  readonly job: "obtain";
  /** The URL of the authority's directory. */
  readonly directory: string;
  /** PEM of authorities to trust for the directory beside the ones Node trusts anyway. */
  readonly trust: string | null;
  readonly email: string | null;
  /** DNS names, at least one. */
  readonly names: readonly string[];
  /** In order of preference. */
  readonly challenges: readonly ChallengeType[];
  /** One of the authority's profiles, such as `shortlived`. */
  readonly profile: string | null;
  /** What the authority gave its customer to register an account with. The key is base64url. */
  readonly externalAccount: { readonly keyId: string; readonly hmacKey: string } | null;
  /** Created where it is missing; holds an account's key for each directory. */
  readonly accountFile: string;
  readonly certFile: string;
  readonly keyFile: string;
  /** The PEM of the certificate that it renews. */
  readonly replaces: string | null;
}

/** Asks the authority when to renew (ARI, RFC 9773); answers with `renewal-window`. */
export interface RenewalWindowJob {
  readonly job: "renewal-window";
  readonly directory: string;
  readonly trust: string | null;
  /** PEM, the leaf first. */
  readonly cert: string;
}

/** Writes a certificate that only whoever is told to trusts, then says `done`. */
export interface SelfSignJob {
  readonly job: "self-sign";
  /** DNS names and IP addresses, at least one. */
  readonly names: readonly string[];
  readonly days: number;
  readonly certFile: string;
  readonly keyFile: string;
}

export type Job = ObtainJob | RenewalWindowJob | SelfSignJob;

/** The primary's first message is the job. `answering`: every worker answers the challenges of that number. */
export type ToCertifier = Job | { readonly type: "answering"; readonly seq: number };

/** Epoch, milliseconds. */
export interface RenewalWindow {
  readonly start: number;
  readonly end: number;
}

/** The codes of src/errors.ts that a job fails with. */
export type CertifierErrorCode =
  | "ACME_ACCOUNT_REFUSED"
  | "ACME_CHALLENGE_FAILED"
  | "ACME_RATE_LIMITED"
  | "ACME_REFUSED"
  | "ACME_UNREACHABLE"
  | "FILE_UNWRITABLE";

export type FromCertifier =
  /**
   * The certifier tells the authority to look when it hears `answering` with the same number. Both empty: there is nothing to answer any more. For word of that it
   * does not wait, and may be gone.
   */
  | ({ readonly type: "challenges"; readonly seq: number } & Challenges)
  | { readonly type: "done" }
  | {
      readonly type: "renewal-window";
      /** Null: the authority has no opinion. */
      readonly window: RenewalWindow | null;
      /** URL of a page for people, when the authority has something to say about it. */
      readonly explanation: string | null;
      /** When to ask again, in milliseconds from now: between a minute and a day. */
      readonly retryAfterMs: number;
    }
  | {
      readonly type: "failed";
      readonly code: CertifierErrorCode;
      readonly message: string;
      readonly hint: string;
      /** The authority's own wish, in milliseconds from now. */
      readonly retryAfterMs: number | null;
    };
