import { inspect } from "node:util";
import { parseDuration } from "../protocol/duration.ts";

/** A hundred years: more than any store is asked to count with. */
const LONGEST = 100 * 365 * 86_400_000;

/**
 * Whole milliseconds of a time to live as people write it, `90_000` or `"90s"`; `undefined` is `null`: no end.
 * @throws TypeError for anything else, and for less than 1 ms or more than a hundred years
 */
export function readTtl(ttl: number | string | undefined): number | null {
  if (ttl === undefined) return null;
  const ms = typeof ttl === "string" ? parseDuration(ttl) : ttl;
  if (typeof ms === "number" && ms >= 1 && ms <= LONGEST) return Math.round(ms);
  throw new TypeError(`expected a time to live such as "10m" or milliseconds from 1 on, got ${inspect(ttl)}`);
}
