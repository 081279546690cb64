import { refusal } from "./problem.ts";
import { notAcme, readObject } from "./read-reply.ts";
import type { Send } from "./transport.ts";

/** Where the authority takes what, RFC 8555 section 7.1.1. */
export interface Directory {
  readonly newNonce: string;
  readonly newAccount: string;
  readonly newOrder: string;
  /** Null: it has no opinion on when to renew. */
  readonly renewalInfo: string | null;
  /** The names of its kinds of certificates. */
  readonly profiles: readonly string[];
}

interface RawDirectory {
  readonly newNonce: string;
  readonly newAccount: string;
  readonly newOrder: string;
  readonly renewalInfo: string;
  readonly meta: { readonly profiles?: Readonly<Record<string, string>> };
}

/** @throws CertifierError */
export async function readDirectory(url: string, send: Send, now: () => number): Promise<Directory> {
  const reply = await send({ method: "GET", url });
  if (reply.status !== 200) throw refusal(reply, "to show its ACME directory", now());
  const { newNonce = "", newAccount = "", newOrder = "", renewalInfo = null, meta } = readObject<RawDirectory>(reply);
  if (![newNonce, newAccount, newOrder].every((one) => URL.canParse(one)))
    throw notAcme(url, "no URLs of newNonce, newAccount and newOrder");
  return { newNonce, newAccount, newOrder, renewalInfo, profiles: Object.keys(meta?.profiles ?? {}) };
}
