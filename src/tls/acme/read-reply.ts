import { CertifierError } from "../certifier/certifier-error.ts";
import type { Reply } from "./transport.ts";

/** The object in an answer. @throws CertifierError ACME_UNREACHABLE when there is none: whatever is there, it does not speak ACME */
export function readObject<T extends object>(reply: Reply): Partial<T> {
  const object = parseObject(reply.body);
  if (object) return object;
  throw notAcme(reply.url, `an answer with status ${reply.status} that is no JSON object`);
}

/** Null: it is none. */
export function parseObject(text: string): object | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value) ? value : null;
  } catch {
    return null;
  }
}

export function notAcme(url: string, got: string): CertifierError {
  const message = `expected a certificate authority that speaks ACME at ${url}, got ${got}`;
  return new CertifierError("ACME_UNREACHABLE", message, "Check the address of its directory.");
}

/** Milliseconds from now; null: it says nothing, or nothing that can be read. A date or seconds, as RFC 9110 has them. */
export function readRetryAfter({ headers }: Pick<Reply, "headers">, now: number): number | null {
  const value = headers["retry-after"]?.trim();
  if (!value) return null;
  const wait = /^\d+$/.test(value) ? Number(value) * 1_000 : Date.parse(value) - now;
  return Number.isFinite(wait) ? Math.max(0, wait) : null;
}
