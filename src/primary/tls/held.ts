import type { CertificateStatus } from "../../protocol/control.ts";
import { endIsNear, showLeft } from "../../tls/expiry.ts";
import { judge, type Finding } from "../../tls/judge.ts";
import type { Loaded } from "../../tls/load-certificate.ts";
import type { Wanted } from "./wanted.ts";

/** A certificate in use in a generation. */
export interface Held extends Loaded {
  readonly wanted: Wanted;
  /** Why its last change was refused; null: it was not. */
  readonly problem: string | null;
}

export interface RenewalStatus {
  /** Milliseconds since the epoch; null: not by us. */
  readonly renewsAt: number | null;
  readonly problem: string | null;
}

export function isPlaceholder({ source, wanted }: Held): boolean {
  return source.cert !== wanted.source.cert;
}

export function statusOf(held: Held, { renewsAt, problem }: RenewalStatus, now: number): CertificateStatus {
  const { issuer, notBefore, notAfter, keyType, fingerprint } = held.facts;
  const { wanted } = held;
  return {
    names: isPlaceholder(held) ? wanted.source.names : held.facts.names,
    issuer: isPlaceholder(held) ? "self-signed, until there is another" : issuer,
    notBefore,
    notAfter,
    keyType,
    fingerprint,
    source: wanted.origin,
    renewsAt,
    problem: held.problem ?? problem ?? flawOf(held, now),
  };
}

function flawOf(held: Held, now: number): string | null {
  return warningsOf(held, now)[0]?.message ?? nearEnd(held, now);
}

/** What is wrong with it as it is. */
export function warningsOf(held: Held, now: number): readonly Finding[] {
  if (isPlaceholder(held)) return [];
  return judge({ occasion: "start", facts: held.facts, before: null, now }).warnings;
}

/** Null: its end is far, or it has come. */
export function nearEnd({ facts: { notBefore, notAfter } }: Held, now: number): string | null {
  if (now < endIsNear({ notBefore, notAfter }) || now >= notAfter) return null;
  return `expires in ${showLeft(notAfter, now)}`;
}
