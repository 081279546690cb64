import { plural } from "../../telemetry/words.ts";

/** `slot 1`, `slots 1–3, 5`. They come in order. */
export function showSlots(slots: readonly number[]): string {
  const ranges: { readonly first: number; last: number }[] = [];
  for (const slot of slots) {
    const range = ranges.at(-1);
    if (range && range.last === slot - 1) range.last = slot;
    else ranges.push({ first: slot, last: slot });
  }
  const texts = ranges.map(({ first, last }) => (first === last ? `${first}` : `${first}–${last}`));
  return `${plural(slots.length, "slot")} ${texts.join(", ")}`;
}
