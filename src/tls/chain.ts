import { X509Certificate } from "node:crypto";
import { getCACertificates } from "node:tls";
import { subjectOf, type Trust } from "./facts.ts";

export interface Chain {
  /** The leaf, then its intermediates, each signed by the next; without a root, which clients have or do not trust. */
  readonly links: readonly X509Certificate[];
  readonly trust: Trust;
  /** Those of `others` that have no part in it. */
  readonly unrelated: readonly X509Certificate[];
}

/** Puts a chain in order. `others`: in any order, with roots and doubles. */
export function orderChain(leaf: X509Certificate, others: readonly X509Certificate[], roots: Roots): Chain {
  const links = [leaf];
  let [last, root] = [leaf, isSelfSigned(leaf) ? leaf : null];
  for (let next = issuerAmong(others, last, links); next && !root; next = issuerAmong(others, last, links)) {
    if (isSelfSigned(next)) root = next;
    else links.push((last = next));
  }
  const used = new Set([...links, ...(root ? [root] : [])].map(({ fingerprint256 }) => fingerprint256));
  const unrelated = others.filter(({ fingerprint256 }) => !used.has(fingerprint256));
  return { links, trust: trustIn(last, root, roots), unrelated };
}

/** One root may be there in two forms, self-signed and signed by an older one: the shorter way is the one clients can check. */
function issuerAmong(
  others: readonly X509Certificate[],
  last: X509Certificate,
  links: readonly X509Certificate[],
): X509Certificate | undefined {
  const taken = new Set(links.map(({ fingerprint256 }) => fingerprint256));
  const issuers = others.filter((other) => !taken.has(other.fingerprint256) && isIssuedBy(last, other));
  return issuers.find(isSelfSigned) ?? issuers[0];
}

function trustIn(last: X509Certificate, root: X509Certificate | null, roots: Roots): Trust {
  if (roots.have(last)) return { to: "public" };
  if (root) return { to: "private" };
  const url = /CA Issuers - URI:(\S+)/.exec(last.infoAccess ?? "")?.[1] ?? null;
  return { to: "nowhere", issuer: issuerName(last), url };
}

function issuerName(certificate: X509Certificate): string {
  const { CN, O } = certificate.toLegacyObject().issuer as { CN?: string; O?: string };
  return CN ?? O ?? subjectOf(certificate);
}

/** One that is no authority is its own issuer, too, which `checkIssued` denies. */
function isSelfSigned(certificate: X509Certificate): boolean {
  return certificate.subject === certificate.issuer && certificate.verify(certificate.publicKey);
}

/** `checkIssued` compares names and key ids; only the signature tells who it was. */
export function isIssuedBy(certificate: X509Certificate, issuer: X509Certificate): boolean {
  return certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey);
}

/** The roots that this machine trusts, read when first asked for: to be thrown away after use, since they are many. */
export class Roots {
  #parsed: readonly X509Certificate[] | null = null;

  /** Whether one of them has issued it, or is it. */
  have(certificate: X509Certificate): boolean {
    this.#parsed ??= [...getCACertificates("default")].flatMap(parse);
    return this.#parsed.some(
      (root) => root.fingerprint256 === certificate.fingerprint256 || isIssuedBy(certificate, root),
    );
  }
}

/** OpenSSL reads some that Node then cannot. */
function parse(pem: string): readonly X509Certificate[] {
  try {
    return [new X509Certificate(pem)];
  } catch {
    return [];
  }
}
