import type { CertifierErrorCode, ChallengeType } from "../../protocol/certifier.ts";
import { CertifierError } from "../certifier/certifier-error.ts";
import type { Authorization, Challenge } from "./challenges.ts";
import { kindOf, sentenceOf, type Problem } from "./problem.ts";

/** A name that was not proved: how it was tried and what the authority says. */
export interface Trial {
  readonly name: string;
  readonly type: ChallengeType;
  readonly problem: Problem;
}

/**
 * The first way that the authority offers and that has not failed yet.
 * @throws CertifierError ACME_CHALLENGE_FAILED when none is left
 */
export function chooseChallenge(
  { identifier, wildcard, challenges }: Authorization,
  preferred: readonly ChallengeType[],
  trials: readonly Trial[],
): Challenge & { readonly type: ChallengeType } {
  const own = trials.filter(({ name }) => name === identifier.value);
  for (const type of preferred) {
    const offered = challenges.find((challenge) => challenge.type === type);
    if (offered && !own.some((trial) => trial.type === type)) return { ...offered, type };
  }
  if (own.length > 0) throw notProved(own);
  const name = `${wildcard ? "*." : ""}${identifier.value}`;
  const offers = challenges.map(({ type }) => type).join(", ");
  const message = `expected to prove ${name} by ${preferred.join(" or ")}, got ${offers || "no way"} from the authority`;
  throw failed(message, wildcard ? WILDCARD : 'Set tls.acme.challenge to "auto", or to one of those.');
}

const WILDCARD =
  "Certificates for wildcards take a DNS record, which Drover does not write: list the names one by one, or give one from elsewhere as tls.cert and tls.key.";

/** Whether each of them can be tried in another way. */
export function canTryAgain(trials: readonly Trial[], preferred: readonly ChallengeType[]): boolean {
  const names = new Set(trials.map(({ name }) => name));
  return [...names].every((name) => trials.filter((trial) => trial.name === name).length < preferred.length);
}

export function notProved(trials: readonly Trial[]): CertifierError {
  const [first] = trials;
  const names = [...new Set(trials.map(({ name }) => name))].join(", ");
  const said = trials.map(({ name, type, problem }) => `${name} by ${type}: ${sentenceOf(problem)}`).join("; ");
  return failed(
    `expected to prove to the authority that ${names} is this server, got: ${said}`,
    first ? hintFor(first) : "",
  );
}

function failed(message: string, hint: string): CertifierError {
  const code: CertifierErrorCode = "ACME_CHALLENGE_FAILED";
  return new CertifierError(code, message, hint);
}

const PORTS = { "http-01": 80, "tls-alpn-01": 443 } as const;

function hintFor({ name, type, problem }: Trial): string {
  const port = PORTS[type];
  switch (kindOf(problem)) {
    case "dns":
      return `Give ${name} an A or AAAA record that leads to this machine.`;
    case "connection":
      return `Let the internet reach port ${port} of ${name}: check its A and AAAA records, the firewall and what forwards the port to Drover.`;
    case "caa":
      return `The CAA record of ${name} names the authorities that may give it certificates: add this one.`;
    default:
      return `Port ${port} of ${name} is answered by something else: check that its A and AAAA records lead to this machine, and that nothing in front of Drover keeps the request.`;
  }
}
