import type { IncomingHttpHeaders, IncomingMessage } from "node:http";
import { request } from "node:https";
import { text } from "node:stream/consumers";
import { getCACertificates } from "node:tls";
import { CertifierError } from "../certifier/certifier-error.ts";

export interface Outgoing {
  readonly method: "GET" | "HEAD" | "POST";
  readonly url: string;
  /** `application/jose+json` */
  readonly body?: string;
}

export interface Reply {
  readonly url: string;
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** Any answer will do, whatever its status. @throws CertifierError ACME_UNREACHABLE */
export type Send = (outgoing: Outgoing) => Promise<Reply>;

export interface TransportOptions {
  /** PEM of authorities beside the ones Node trusts anyway. */
  readonly trust: string | null;
  readonly userAgent: string;
  /** Nobody waits for the answer any more. */
  readonly signal: AbortSignal;
  /** From the request to the end of the answer, in milliseconds. Default: 30 s. */
  readonly patience?: number;
}

const PATIENCE = 30_000;
/** Characters. The longest answers are chains of certificates. */
const LONGEST_BODY = 1_000_000;

/** node:https rather than fetch(), which takes no authorities of the caller's own. */
export function openTransport({ trust, userAgent, signal, patience = PATIENCE }: TransportOptions): Send {
  const ca = trust === null ? undefined : [...getCACertificates("default"), trust];
  return async ({ method, url, body }) => {
    const headers: Record<string, string> = { "user-agent": userAgent, "accept-language": "en" };
    if (body !== undefined) headers["content-type"] = "application/jose+json";
    const late = AbortSignal.timeout(patience);
    const options = { method, headers, signal: AbortSignal.any([signal, late]), ...(ca && { ca }) };
    try {
      const answer = await new Promise<IncomingMessage>((resolve, reject) => {
        request(url, options, resolve).on("error", reject).end(body);
      });
      return { url, status: answer.statusCode ?? 0, headers: answer.headers, body: await read(answer) };
    } catch (error) {
      signal.throwIfAborted();
      throw unreachable(url, late.aborted ? `no answer within ${patience / 1_000} s` : reasonOf(error as Error), error);
    }
  };
}

async function read(answer: IncomingMessage): Promise<string> {
  let length = 0;
  answer.on("data", (chunk: Buffer) => {
    length += chunk.length;
    if (length > LONGEST_BODY) answer.destroy(new Error(`an answer of more than ${LONGEST_BODY} bytes`));
  });
  return text(answer);
}

/** Of several addresses that were tried, Node's error names none. */
function reasonOf(error: Error): string {
  const all = error instanceof AggregateError ? error.errors : [error];
  return all.map((each: Error) => each.message).join(", ");
}

/** What TLS says of an authority that nobody here knows. */
const UNTRUSTED = /SELF_SIGNED|UNABLE_TO_(GET_ISSUER|VERIFY)/;

function unreachable(url: string, reason: string, error: unknown): CertifierError {
  const message = `expected an answer of the certificate authority at ${url}, got: ${reason}`;
  const isUntrusted = UNTRUSTED.test((error as NodeJS.ErrnoException).code ?? "");
  const hint = isUntrusted
    ? "If it is an authority of your own, give its root certificate as tls.acme.trust."
    : "Check the directory's address, and that this machine may open connections to it (firewall, DNS).";
  return new CertifierError("ACME_UNREACHABLE", message, hint);
}
