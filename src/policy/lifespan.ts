import type { RecycleReason } from "./fleet.ts";

/** When workers have lived long enough; null: they may live on. */
export interface RecycleLimits {
  /** Bytes of resident memory. */
  readonly memory: number | null;
  /** Answered. */
  readonly requests: number | null;
  /** Milliseconds since it was ready. */
  readonly lifetime: number | null;
  /** How many percent fewer requests and a shorter life a worker may have, by chance. */
  readonly jitter: number;
}

/** One worker's own limits, and what was seen of it. */
export interface Life extends Omit<RecycleLimits, "jitter"> {
  /** How often in a row its memory must be seen above the limit: a peak does not count. */
  readonly patience: number;
  /** How often in a row it was. */
  readonly above: number;
  readonly seen: boolean;
}

export interface Sample {
  readonly rssBytes: number;
  readonly requests: number;
  /** Milliseconds since it was ready. */
  readonly age: number;
}

/** Up to as many again by chance, so that workers that grow alike do not go one right after the other. */
const PATIENCE = 5;

/** Of a worker whose memory was above the limit from the start, whom recycling does not help: each such life shall last a minute, and not some seconds. */
const HOPELESS = 60;

/** What a new worker is given. @param random from 0 up to 1: workers that began together do not go together */
export function newLife({ memory, requests, lifetime, jitter }: RecycleLimits, random: number): Life {
  const less = (limit: number | null): number | null =>
    limit === null ? null : Math.max(1, Math.round(limit * (1 - (jitter / 100) * random)));
  const patience = PATIENCE + Math.floor(PATIENCE * random);
  return { memory, requests: less(requests), lifetime: less(lifetime), patience, above: 0, seen: false };
}

/** The same life after one more look, of which there is one a second. */
export function lived(life: Life, { rssBytes }: Sample): Life {
  const above = life.memory !== null && rssBytes > life.memory ? life.above + 1 : 0;
  const patience = above === 1 && !life.seen ? HOPELESS : life.patience;
  return { ...life, above, patience, seen: true };
}

/** Its memory is above the limit though it has just begun. */
export function isTooLarge({ above, patience }: Life): boolean {
  return above === 1 && patience === HOPELESS;
}

/** Why it is to be replaced after that look; null: it may stay. */
export function reasonToGo(
  { memory, requests, lifetime, patience, above }: Life,
  sample: Sample,
): RecycleReason | null {
  if (memory !== null && above >= patience) return "memory";
  if (requests !== null && sample.requests >= requests) return "requests";
  return lifetime !== null && sample.age >= lifetime ? "lifetime" : null;
}
