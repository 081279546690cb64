/** A file and a line of it, within a frame. */
const PLACE = /\(?(?<place>(?:file:\/\/)?\/[^\s()]+:\d+):\d+\)?$/;

/** Which line of the app's own code a stack leads to first: `/srv/app/report.ts:12`. Where all of it is others' code, the first line of that; null: no line at all. */
export function placeOf(stack: string): string | null {
  const places = stack.split("\n").flatMap((line) => PLACE.exec(line)?.groups?.["place"] ?? []);
  const place = places.find((one) => !one.includes("/node_modules/")) ?? places[0];
  return place?.replace(/^file:\/\//, "") ?? null;
}
