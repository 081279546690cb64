// What @peculiar/x509 is built on wants it first.
import "reflect-metadata";
import { AuthorityKeyIdentifierExtension, X509Certificate } from "@peculiar/x509";
import type { FromCertifier, RenewalWindow, RenewalWindowJob } from "../../protocol/certifier.ts";
import { readDirectory } from "./directory.ts";
import { refusal } from "./problem.ts";
import { readObject, readRetryAfter } from "./read-reply.ts";
import type { Send } from "./transport.ts";

type Answer = Extract<FromCertifier, { readonly type: "renewal-window" }>;

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
/** Where the authority does not say. */
const SIX_HOURS = DAY / 4;

interface RenewalInfo {
  readonly suggestedWindow: { readonly start?: string; readonly end?: string };
  readonly explanationURL: string;
}

/**
 * When the authority would like the certificate to be renewed (ARI, RFC 9773).
 * @throws CertifierError
 */
export async function askRenewalWindow(job: RenewalWindowJob, send: Send, now: () => number): Promise<Answer> {
  const { renewalInfo } = await readDirectory(job.directory, send, now);
  const id = certificateId(job.cert);
  const none: Answer = { type: "renewal-window", window: null, explanation: null, retryAfterMs: DAY };
  if (renewalInfo === null || id === null) return none;
  const reply = await send({ method: "GET", url: `${renewalInfo.replace(/\/$/, "")}/${id}` });
  const { status } = reply;
  if (status === 429 || status >= 500) throw refusal(reply, "to say when to renew", now());
  // It is not one of its own, or no longer.
  if (status !== 200) return none;
  const { suggestedWindow, explanationURL = null } = readObject<RenewalInfo>(reply);
  const wish = readRetryAfter(reply, now()) ?? SIX_HOURS;
  const retryAfterMs = Math.min(Math.max(wish, MINUTE), DAY);
  return { type: "renewal-window", window: readWindow(suggestedWindow), explanation: explanationURL, retryAfterMs };
}

function readWindow(window: RenewalInfo["suggestedWindow"] | undefined): RenewalWindow | null {
  const [start, end] = [Date.parse(window?.start ?? ""), Date.parse(window?.end ?? "")];
  return start < end ? { start, end } : null;
}

/** How the authority calls it: its issuer's key and its serial number. Null: it names no issuer's key. */
export function certificateId(pem: string): string | null {
  const certificate = new X509Certificate(pem);
  const issuer = certificate.getExtension(AuthorityKeyIdentifierExtension)?.keyId;
  if (issuer === undefined) return null;
  const serial = Buffer.from(certificate.serialNumber, "hex");
  return `${Buffer.from(issuer, "hex").toString("base64url")}.${asInteger(serial).toString("base64url")}`;
}

/** As it is in the certificate: a number that is not negative begins with a bit of 0, which @peculiar/x509 leaves out. */
function asInteger(bytes: Buffer): Buffer {
  return (bytes[0] ?? 0) > 0x7f ? Buffer.concat([Buffer.of(0), bytes]) : bytes;
}
