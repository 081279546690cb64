import { boolean, wholeNumber } from "../kinds.ts";
import { duration } from "../option-kinds.ts";
import type { Rows } from "../option.ts";

/** How its code is replaced. */
export const RELOAD = {
  "reload.surge": {
    group: "Reload",
    flag: "--surge <count>",
    env: "DROVER_SURGE",
    kind: wholeNumber("a whole number", 1, 1024),
    default: 1,
    help: "extra workers while a reload replaces the old ones",
  },
  "reload.probation": {
    group: "Reload",
    flag: "--probation <time>",
    env: "DROVER_PROBATION",
    kind: duration(0),
    default: 5000,
    help: "how long the first new worker must live before old ones leave",
  },
  watch: {
    group: "Reload",
    flag: "--watch",
    env: "DROVER_WATCH",
    kind: boolean(),
    default: false,
    help: "reload when a file of the app changes, for development",
    common: true,
  },
} as const satisfies Rows;
