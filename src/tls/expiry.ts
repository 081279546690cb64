import type { Facts } from "./facts.ts";

const DAY = 86_400_000;
/** Of the lifetime: certificates live for days as well as for years. */
const LAST_PART = 1 / 10;
const LAST_DAYS = 14 * DAY;

/** From when on its end is worth a warning. Milliseconds since the epoch. */
export function endIsNear({ notBefore, notAfter }: Pick<Facts, "notBefore" | "notAfter">): number {
  return notAfter - Math.min((notAfter - notBefore) * LAST_PART, LAST_DAYS);
}

/** How long it is still valid, for people: `41 d`, `6 h`, `expired`. */
export function showLeft(notAfter: number, now: number): string {
  const left = notAfter - now;
  if (left <= 0) return "expired";
  if (left >= 2 * DAY) return `${Math.floor(left / DAY)} d`;
  const hours = Math.floor(left / 3_600_000);
  return hours > 0 ? `${hours} h` : `${Math.ceil(left / 60_000)} min`;
}
