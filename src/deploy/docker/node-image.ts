/** What runs where the app does not say; an even number, so that it gets its mends for years. */
const STANDARD = 24;
/** Drover's own floor. */
const LEAST = 22;

/**
 * The version of Node that suits `engines.node` of package.json (`">=20"`, `"^22.18"`, `"22 || 24"`): the standard one as far as it goes, else the
 * highest that is named. An unreadable range is as none.
 */
export function nodeVersion(engines: string | null): number {
  const ranges = (engines ?? "").split("||").map(readRange);
  if (ranges.some(({ from, to }) => from <= STANDARD && STANDARD <= to)) return STANDARD;
  return Math.max(LEAST, ...ranges.map(({ from, to }) => (from > STANDARD ? from : to)));
}

interface Range {
  readonly from: number;
  /** The last one, included. */
  readonly to: number;
}

function readRange(text: string): Range {
  const parts = [...text.matchAll(/(?<sign>[<>]=?|[\^~=]?)\s*v?(?<major>\d+)(?<rest>[.\d]*)/g)].map(({ groups }) =>
    readPart(groups?.["sign"] ?? "", Number(groups?.["major"]), groups?.["rest"] ?? ""),
  );
  return {
    from: Math.max(0, ...parts.map(({ from }) => from)),
    to: Math.min(Infinity, ...parts.map(({ to }) => to)),
  };
}

function readPart(sign: string, major: number, rest: string): Range {
  if (sign.startsWith(">")) return { from: major, to: Infinity };
  // `<25` and `<25.0.0` leave none of 25, `<25.3` and `<=25` some.
  if (sign.startsWith("<")) return { from: 0, to: sign === "<" && /^[.0]*$/.test(rest) ? major - 1 : major };
  return { from: major, to: major };
}
