/** What a worker can see in its app that is meant for one process and runs in several. */
export const SIGHT_NAMES = ["memory-session", "memory-rate-limit", "cron-job", "interval", "socket-io"] as const;
export type SightName = (typeof SIGHT_NAMES)[number];

/** All that Drover may notice. Names are stable: they are in logs, and in the option `silence`. */
export const NOTE_NAMES = [...SIGHT_NAMES, "node-env", "cpus", "open-files"] as const;
export type NoteName = (typeof NOTE_NAMES)[number];

/** One thing that a worker has seen in its app. */
export interface Sight {
  readonly name: SightName;
  /** The package; of an `interval` the place in the app's own code, as seen from the entry's folder: `jobs/mail.js:12`. */
  readonly what: string;
  /** How many there are. */
  readonly count: number;
  /** Milliseconds from one run to the next; of an `interval` only. */
  readonly everyMs?: number;
}

export function isSight(value: unknown): value is Sight {
  if (typeof value !== "object" || value === null) return false;
  const { name, what, count, everyMs = 0 } = value as Partial<Record<keyof Sight, unknown>>;
  const isKnown = SIGHT_NAMES.some((known) => known === name);
  return isKnown && typeof what === "string" && typeof count === "number" && typeof everyMs === "number";
}
