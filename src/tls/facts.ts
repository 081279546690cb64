import type { X509Certificate } from "node:crypto";

/** What is known of a certificate, for checks and for people. Times are milliseconds since the epoch. */
export interface Facts {
  /** Of hosts, lower case, `*.example.com` included, then IP addresses. */
  readonly names: readonly string[];
  /** In one name: `R11`, `self-signed`. */
  readonly issuer: string;
  readonly notBefore: number;
  readonly notAfter: number;
  /** `EC P-256`, `RSA 2048`, `Ed25519`. */
  readonly keyType: string;
  /** SHA-256 of the leaf, as OpenSSL writes it. */
  readonly fingerprint: string;
  readonly trust: Trust;
  /** PEM: the leaf, then its intermediates in order, without a root. */
  readonly chain: readonly string[];
  /** Subjects of certificates that were given and have no part in the chain. */
  readonly unrelated: readonly string[];
  /** Its names are in the subject only, where clients of today do not look. */
  readonly namesInSubject: boolean;
  /** Names it was configured for and does not have. */
  readonly uncovered: readonly string[];
  /** A key file that every user of the machine may read; null: there is none. */
  readonly openKey: string | null;
}

/**
 * Where the chain ends: at a root that this machine trusts, at one that was given with it (or it is self-signed), or at an issuer that nobody here knows: then
 * an intermediate is missing, or the root is a private one.
 */
export type Trust =
  | { readonly to: "public" | "private" }
  | {
      readonly to: "nowhere";
      /** Who is not here. */
      readonly issuer: string;
      /** Where the last one says that its issuer can be had: only intermediates say so. */
      readonly url: string | null;
    };

/** Of the leaf itself. */
export function namesOf(leaf: X509Certificate): {
  readonly names: readonly string[];
  readonly namesInSubject: boolean;
} {
  const alternative = leaf.subjectAltName ?? "";
  const hosts = [...alternative.matchAll(/DNS:([^,\s]+)/g)].map(([, name = ""]) => name.toLowerCase());
  const addresses = [...alternative.matchAll(/IP Address:([^,\s]+)/g)].map(([, address = ""]) => shorten(address));
  const names = [...new Set([...hosts, ...addresses])];
  if (names.length > 0) return { names, namesInSubject: false };
  const { CN } = leaf.toLegacyObject().subject as { CN?: string | readonly string[] };
  const common = [CN ?? []].flat().map((name) => name.toLowerCase());
  return { names: common, namesInSubject: common.length > 0 };
}

/** OpenSSL writes `0:0:0:0:0:0:0:1` where everybody else writes `::1`. */
function shorten(address: string): string {
  return address.includes(":") ? new URL(`http://[${address}]`).hostname.slice(1, -1) : address;
}

export function issuerOf(leaf: X509Certificate): string {
  if (leaf.subject === leaf.issuer) return "self-signed";
  return nameIn(leaf.toLegacyObject().issuer);
}

export function subjectOf(certificate: X509Certificate): string {
  return nameIn(certificate.toLegacyObject().subject);
}

function nameIn(name: object): string {
  const { CN, O } = name as { CN?: string | readonly string[]; O?: string | readonly string[] };
  return [CN ?? O ?? "(without a name)"].flat().join(", ");
}

const CURVES: Readonly<Record<string, string>> = { prime256v1: "P-256", secp384r1: "P-384", secp521r1: "P-521" };
const PLAIN: Readonly<Record<string, string>> = { ed25519: "Ed25519", ed448: "Ed448" };

export function keyTypeOf({ publicKey }: X509Certificate): string {
  const { asymmetricKeyType: type = "unknown", asymmetricKeyDetails: details } = publicKey;
  if (type === "ec") return `EC ${CURVES[details?.namedCurve ?? ""] ?? details?.namedCurve ?? ""}`;
  if (type === "rsa" || type === "rsa-pss") return `RSA ${details?.modulusLength ?? ""}`;
  return PLAIN[type] ?? type;
}

/** Whether a name of a certificate is for this host: the name itself, or a wildcard for one label. */
export function isFor(name: string, host: string): boolean {
  return name === host || (name.startsWith("*.") && name.slice(1) === host.slice(host.indexOf(".")));
}
