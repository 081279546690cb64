import type { CertifierErrorCode } from "../../protocol/certifier.ts";
import { CertifierError } from "../certifier/certifier-error.ts";
import { parseObject, readRetryAfter } from "./read-reply.ts";
import type { Reply } from "./transport.ts";

/** RFC 8555 section 6.7, as far as it is read here. */
export interface Problem {
  readonly type?: string;
  readonly detail?: string;
  readonly subproblems?: readonly Problem[];
  readonly identifier?: { readonly value?: string };
}

const PREFIX = "urn:ietf:params:acme:error:";

/** `badNonce`; `""` for one that is none of ACME's. */
export function kindOf({ type }: Problem): string {
  return type?.startsWith(PREFIX) ? type.slice(PREFIX.length) : "";
}

export function readProblem({ body }: Pick<Reply, "body">): Problem {
  return parseObject(body) ?? {};
}

/** What the authority says, with what it says of single names. */
export function sentenceOf(problem: Problem): string {
  const own = problem.detail?.trim() || kindOf(problem) || "it gave no reason";
  const parts = (problem.subproblems ?? []).map((part) => {
    const name = part.identifier?.value;
    return name === undefined ? sentenceOf(part) : `${name}: ${sentenceOf(part)}`;
  });
  return [own, ...parts].join("; ");
}

interface Meaning {
  readonly code: CertifierErrorCode;
  readonly hint: string;
}

const ACCOUNT: Meaning = {
  code: "ACME_ACCOUNT_REFUSED",
  hint: "Check tls.acme.email and, where the authority wants an external account, tls.acme.keyId. To register anew, move the account file away.",
};
const EXTERNAL: Meaning = {
  code: "ACME_ACCOUNT_REFUSED",
  hint: "This authority serves its customers only: give the key id and the MAC key that you have of it as tls.acme.keyId and tls.acme.macKey.",
};
const NAMES: Meaning = {
  code: "ACME_REFUSED",
  hint: "Check tls.acme.domains: an authority gives certificates for public names only.",
};
const CAA: Meaning = {
  code: "ACME_REFUSED",
  hint: "The domain's CAA record names the authorities that may give it certificates: add this one.",
};

const MEANINGS: Readonly<Record<string, Meaning>> = {
  accountDoesNotExist: ACCOUNT,
  badPublicKey: ACCOUNT,
  badSignatureAlgorithm: ACCOUNT,
  caa: CAA,
  externalAccountRequired: EXTERNAL,
  invalidContact: ACCOUNT,
  rejectedIdentifier: NAMES,
  unsupportedContact: ACCOUNT,
  unsupportedIdentifier: NAMES,
  userActionRequired: ACCOUNT,
};

const REFUSED: Meaning = {
  code: "ACME_REFUSED",
  hint: "The authority's own words say why; they are in its documentation.",
};
const LIMITED: Meaning = {
  code: "ACME_RATE_LIMITED",
  hint: "Drover asks again when it may. While you try things out, use the authority's staging directory.",
};
const BROKEN: Meaning = {
  code: "ACME_UNREACHABLE",
  hint: "That is the authority's own trouble: see its status page. Drover asks again.",
};

/** @param wish What was asked for: `to give a certificate for shop.example` */
export function refusal(reply: Reply, wish: string, now: number): CertifierError {
  const problem = readProblem(reply);
  const meaning = meaningOf(problem, reply.status);
  return refused(
    reply.url,
    wish,
    `status ${reply.status}: ${sentenceOf(problem)}`,
    meaning,
    readRetryAfter(reply, now),
  );
}

/** An order that has come to nothing. */
export function unfulfilled(url: string, wish: string, status: string, problem: Problem): CertifierError {
  return refused(url, wish, `an order that is ${status}: ${sentenceOf(problem)}`, meaningOf(problem, 200), null);
}

function refused(url: string, wish: string, got: string, { code, hint }: Meaning, retryAfterMs: number | null) {
  return new CertifierError(code, `expected ${new URL(url).host} ${wish}, got ${got}`, hint, retryAfterMs);
}

function meaningOf(problem: Problem, status: number): Meaning {
  if (kindOf(problem) === "rateLimited" || status === 429 || status === 503) return LIMITED;
  if (status >= 500) return BROKEN;
  return MEANINGS[kindOf(problem)] ?? REFUSED;
}
