/**
 * Workers say once a second that their event loop turns. Silence has two causes: a loop that does not turn, and a primary that did not listen. One that looks late
 * was stopped itself, or the whole machine was, so it forgives everybody. (unicorn's rule.)
 */

/** One worker's heartbeat. Times are milliseconds on the caller's clock, which no step of the wall clock moves. */
export interface Heart {
  readonly worker: number;
  /** When its next beat is to come. */
  readonly dueAt: number;
  /**
   * `slow`: it has been warned of, and not answered since. `hung`: it is examined, and its end comes unless it answers before. `excused`: its inspector is open,
   * so that it may stand at a breakpoint: its silence says nothing.
   */
  readonly state: "well" | "slow" | "hung" | "excused";
  /** How late a beat may be; 0: for ever. */
  readonly patience: number;
}

export interface Finding {
  readonly worker: number;
  readonly is: "slow" | "hung";
  /** How late its beat is: that long its loop has been busy at least. */
  readonly ms: number;
}

/** A beat so late is worth a warning. Milliseconds. */
export const SLOW = 1_000;

/** A look so late is the primary's own fault. Milliseconds. */
const LATE = 1_000;

/** When to look next; null: there is nobody to watch. */
export function nextLook(hearts: readonly Heart[]): number | null {
  const times = hearts.flatMap((heart) => deadlineOf(heart) ?? []);
  return times.length === 0 ? null : Math.min(...times);
}

function deadlineOf({ state, dueAt, patience }: Heart): number | null {
  const hangs = patience > 0 ? dueAt + patience : null;
  if (state === "well") return Math.min(dueAt + SLOW, hangs ?? Infinity);
  return state === "slow" ? hangs : null;
}

/** Whether somebody is overdue, as far as the primary has listened. */
export function isAnyOverdue(hearts: readonly Heart[], now: number): boolean {
  const next = nextLook(hearts);
  return next !== null && next <= now;
}

/** What the silence of each says now. */
export function findings(hearts: readonly Heart[], now: number): Finding[] {
  return hearts.flatMap((heart) => {
    const { worker, dueAt, patience } = heart;
    const deadline = deadlineOf(heart);
    if (deadline === null || deadline > now) return [];
    const ms = now - dueAt;
    return [{ worker, is: patience > 0 && ms >= patience ? "hung" : "slow", ms } as const];
  });
}

/** The state of a heart that beats, and what of that is news. Whoever comes back while he is examined lives. */
export function afterBeat(
  was: Heart["state"],
  isInspectorOpen: boolean,
): { readonly state: Heart["state"]; readonly answered: boolean; readonly excused: boolean } {
  return {
    state: isInspectorOpen ? "excused" : "well",
    answered: was === "slow" || was === "hung",
    excused: isInspectorOpen && was !== "excused",
  };
}

/** @param expected when the look was to be */
export function isForgiven(expected: number, now: number): boolean {
  return now - expected > LATE;
}
