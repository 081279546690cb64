/** The longest delay of a Node timer: a longer one would fire at once. */
export const LONGEST_TIMER = 2 ** 31 - 1;

const UNITS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** Milliseconds of `"30s"`, `"1.5h"`, `"7d"`; `undefined` for anything else, a number without a unit too. */
export function parseDuration(written: string): number | undefined {
  if (written === "0") return 0;
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/.exec(written);
  return match === null ? undefined : Math.round(Number(match[1]) * UNITS[match[2] as keyof typeof UNITS]);
}
