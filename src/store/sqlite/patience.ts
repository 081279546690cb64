import { LONGEST_WAIT } from "../store.ts";

/** Timers are late at times. Milliseconds. */
const MARGIN = 20;
export const SHORTEST_PAUSE = 1;
const LONGEST_PAUSE = 5;

/** How long a call tries again while others keep the file busy. Milliseconds. */
export const PATIENCE = LONGEST_WAIT - MARGIN;

/** How long it pauses in between. Processes that met each other should not meet again. @param chance From 0 to 1 */
export function pauseOf(chance: number): number {
  return SHORTEST_PAUSE + chance * (LONGEST_PAUSE - SHORTEST_PAUSE);
}
