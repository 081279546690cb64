/**
 * When a session that the store still has ends, in milliseconds since 1970. A touch gives it more life in the store, but leaves the end in its text as it is: one that
 * has passed means that it ends a moment from now.
 * @param end As its text says
 * @param moment Milliseconds
 */
export function livingEnd(end: number, now: number, moment: number): number {
  return end > now ? end : now + moment;
}
