/** What a command asks of the server. Each includes those before it: a server that stores a value also removes one, and answers. */
const NEEDS = ["read", "change", "store"] as const;
export type Need = (typeof NEEDS)[number];

/** What is known about a server, from how it treats our commands. */
export interface Health {
  /** How much speaks against it since it last answered. */
  readonly failures: number;
  /** Why nothing is sent to it any more; null: it is. */
  readonly away: string | null;
  /** It answers, and will not do what some commands need. */
  readonly refusal: { readonly need: Need; readonly reason: string } | null;
}

export const WELL: Health = { failures: 0, away: null, refusal: null };

/** Where so much has come together, it is away. One call may be unlucky; a connection that cannot be had twice is no bad luck. */
const TOO_MUCH = 5;
const SILENCE = 1;
const NO_CONNECTION = 3;

/** A command of this need was done. */
export function answered(health: Health, need: Need): Health {
  const { failures, away, refusal } = health;
  const lifted = refusal === null || NEEDS.indexOf(need) >= NEEDS.indexOf(refusal.need);
  if (lifted) return failures === 0 && away === null && refusal === null ? health : WELL;
  return { ...WELL, refusal };
}

/** It answered that it cannot, for now. No reason to spare it: such answers come at once. */
export function refused(health: Health, need: Need, reason: string): Health {
  const { refusal } = health;
  if (refusal !== null && NEEDS.indexOf(refusal.need) < NEEDS.indexOf(need)) return { ...WELL, refusal };
  return { ...WELL, refusal: { need, reason } };
}

/** A command was not answered in time. */
export function silent(health: Health, reason: string): Health {
  return failed(health, SILENCE, reason);
}

/** A connection could not be made. */
export function unreachable(health: Health, reason: string): Health {
  return failed(health, NO_CONNECTION, reason);
}

function failed({ failures, away, refusal }: Health, weight: number, reason: string): Health {
  const sum = Math.min(failures + weight, TOO_MUCH);
  return { failures: sum, away: sum === TOO_MUCH ? reason : away, refusal };
}

/** Why the store counts as degraded; null: it does not. */
export function trouble({ away, refusal }: Health): string | null {
  return away ?? refusal?.reason ?? null;
}
