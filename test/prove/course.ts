import type { Course, Deed, Ended } from "../../src/prove/account.ts";

/** Of 10 s, of which two are calm, in which the app answers 200. */
export function courseOf(ended: readonly Ended[], deeds: readonly Deed[] = [], own: Partial<Course> = {}): Course {
  const calm = { sentAt: 1000, endedAt: 1001, status: 200, cause: null };
  return {
    start: 0,
    calmUntil: 2000,
    end: 10_000,
    ended: [calm, ...ended],
    abandoned: 0,
    deeds,
    cutShort: null,
    ...own,
  };
}

export const RELOAD = { type: "reload", at: 3000, until: 5000, error: null } as const;
export const KILL = { type: "kill", slot: 2, pid: 42, at: 6000, goneAt: 6010, until: 6200 } as const;

export function answered(sentAt: number, status = 200, endedAt = sentAt + 1): Ended {
  return { sentAt, endedAt, status, cause: null };
}

export function without(cause: Ended["cause"], sentAt: number, endedAt: number): Ended {
  return { sentAt, endedAt, status: null, cause };
}
