import type { Facts } from "./facts.ts";

/**
 * What a certificate is read for: `start`, nothing is in use yet and an outage would be no better than a bad certificate; `reload`, somebody asks for it and can
 * be told; `change`, its files changed while nobody looks.
 */
export type Occasion = "start" | "reload" | "change";

export interface Finding {
  readonly rule: string;
  /** In words that follow the certificate's name. */
  readonly message: string;
  readonly hint: string;
}

export interface Judgement {
  /** Why it is not to be used. Empty: it is. */
  readonly refused: readonly Finding[];
  /** What is wrong with it all the same. */
  readonly warnings: readonly Finding[];
}

export interface Case {
  readonly occasion: Occasion;
  readonly facts: Facts;
  /** The one in use that it would take the place of; null: there is none. */
  readonly before: Facts | null;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/** What to think of a certificate that TLS could use. */
export function judge(one: Case): Judgement {
  const refused: Finding[] = [];
  const warnings: Finding[] = [];
  for (const { rule, finds, says, hint, refuses } of RULES) {
    if (!finds(one)) continue;
    const isRefused = one.before !== null && refuses?.[one.occasion]?.(one.before, one) === true;
    (isRefused ? refused : warnings).push({ rule, message: says(one), hint: hint(one) });
  }
  return { refused, warnings };
}

interface Rule {
  readonly rule: string;
  readonly finds: (one: Case) => boolean;
  readonly says: (one: Case) => string;
  readonly hint: (one: Case) => string;
  /** Whether it is worse than the one in use. Absent: a warning at most. */
  readonly refuses?: Partial<Readonly<Record<Occasion, (before: Facts, one: Case) => boolean>>>;
}

const wasValid = (before: Facts, { now }: Case): boolean => isValid(before, now);

const RULES: readonly Rule[] = [
  {
    rule: "expired",
    finds: ({ facts, now }) => facts.notAfter <= now,
    says: ({ facts }) => `expired on ${day(facts.notAfter)}: clients refuse it`,
    hint: () => "Renew it; its files are watched.",
    refuses: { reload: wasValid, change: wasValid },
  },
  {
    rule: "not-yet-valid",
    finds: ({ facts, now }) => facts.notBefore > now,
    says: ({ facts, now }) =>
      `is valid from ${moment(facts.notBefore)} on, and this machine's clock says ${moment(now)}`,
    hint: () => "Is the clock right?",
    refuses: { reload: wasValid, change: wasValid },
  },
  {
    rule: "incomplete",
    finds: ({ facts }) => facts.trust.to === "nowhere",
    says: ({ facts }) => `does not lead to a root that this machine trusts: ${missingIn(facts)}`,
    hint: ({ facts }) => hintForMissing(facts),
    refuses: { change: (before, { facts }) => before.trust.to !== "nowhere" || lost(before, facts) },
  },
  {
    rule: "other-names",
    finds: ({ facts, before }) => before !== null && lacking(before, facts).length === before.names.length,
    says: ({ facts, before }) => `is for ${list(facts.names)}, and the one in use for ${list(before?.names ?? [])}`,
    hint: ({ occasion }) =>
      occasion === "change" ? "If that is meant, `drover reload` takes it." : "Is it the right file?",
    refuses: { change: () => true },
  },
  {
    rule: "fewer-names",
    finds: ({ facts, before }) => {
      const lacks = before === null ? 0 : lacking(before, facts).length;
      return lacks > 0 && lacks < (before?.names.length ?? 0);
    },
    says: ({ facts, before }) =>
      `is not for ${list(before === null ? [] : lacking(before, facts))}, as the one before was`,
    hint: () => "Is it the right file?",
  },
  {
    rule: "uncovered",
    finds: ({ facts }) => facts.uncovered.length > 0,
    says: ({ facts }) =>
      `is for ${list(facts.names)}, and configured for ${list(facts.uncovered)}: clients refuse it there`,
    hint: () => "Leave `names` out: then it is used for the names in it.",
  },
  {
    rule: "no-names",
    finds: ({ facts }) => facts.names.length === 0 || facts.namesInSubject,
    says: () => "has no name among its subject alternative names, which is where clients look",
    hint: () => "Have it issued with one.",
  },
  {
    rule: "unrelated",
    finds: ({ facts }) => facts.unrelated.length > 0,
    says: ({ facts }) =>
      `was given with certificates that have no part in its chain, and are not sent: ${list(facts.unrelated)}`,
    hint: () => "Is it the right chain? Who signs the certificates of clients goes into tls.clientCa.",
  },
  {
    rule: "open-key",
    finds: ({ facts }) => facts.openKey !== null,
    says: ({ facts }) => `has a private key that everybody on this machine may read: ${facts.openKey}`,
    hint: ({ facts }) => `chmod 600 ${facts.openKey}`,
  },
];

function isValid({ notBefore, notAfter }: Facts, now: number): boolean {
  return notBefore <= now && now < notAfter;
}

/** Names that the one before had. */
function lacking(before: Facts, { names }: Facts): readonly string[] {
  return before.names.filter((name) => !names.includes(name));
}

/** Whether a link has gone that would still belong to it. A private root is in neither, so only the length tells. */
function lost(before: Facts, { issuer, chain }: Facts): boolean {
  return before.issuer === issuer && chain.length < before.chain.length;
}

function missingIn({ trust }: Facts): string {
  if (trust.to !== "nowhere") return "";
  return trust.url === null ? `nobody here knows ${trust.issuer}` : `the intermediate ${trust.issuer} is missing`;
}

function hintForMissing({ trust }: Facts): string {
  if (trust.to !== "nowhere" || trust.url === null)
    return "Right for a private authority that clients know; else put the intermediates into its file or tls.ca.";
  return `Put the intermediates into its file (certbot's fullchain.pem) or into tls.ca. The missing one is at ${trust.url}`;
}

/** More names make a line that nobody reads. */
const FEW = 5;

export function list(names: readonly string[]): string {
  if (names.length === 0) return "no name";
  const more = names.length > FEW ? ` and ${names.length - FEW} more` : "";
  return names.slice(0, FEW).join(", ") + more;
}

function day(time: number): string {
  return new Date(time).toISOString().slice(0, 10);
}

function moment(time: number): string {
  return `${new Date(time).toISOString().slice(0, 16).replace("T", " ")} UTC`;
}
