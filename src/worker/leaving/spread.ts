/** Clients that are told at the same moment come back at the same moment: so much time for each of them, in milliseconds. */
const EACH = 2;

/**
 * When each of so many clients is to be told, in milliseconds from now, in no order.
 * @param longest Milliseconds within which all must be told.
 * @param random 0..1
 */
export function spread(count: number, longest: number, random: () => number): readonly number[] {
  const span = Math.min(EACH * count, longest);
  return Array.from({ length: count }, () => random() * span);
}
