import { orNull, wholeNumber } from "../kinds.ts";
import { duration, size } from "../option-kinds.ts";
import type { Rows } from "../option.ts";

/** When a worker that is well is replaced. */
export const RECYCLE = {
  "recycle.memory": {
    group: "Recycling",
    flag: "--recycle-memory <size>",
    env: "DROVER_RECYCLE_MEMORY",
    kind: orNull(size(1)),
    default: null,
    help: "resident memory above which a worker is replaced",
  },
  "recycle.requests": {
    group: "Recycling",
    flag: "--recycle-requests <count>",
    env: "DROVER_RECYCLE_REQUESTS",
    kind: orNull(wholeNumber("a whole number", 1, 2 ** 31 - 1)),
    default: null,
    help: "requests after which a worker is replaced",
  },
  "recycle.lifetime": {
    group: "Recycling",
    flag: "--recycle-lifetime <time>",
    env: "DROVER_RECYCLE_LIFETIME",
    kind: orNull(duration(1)),
    default: null,
    help: "age at which a worker is replaced",
  },
  "recycle.jitter": {
    group: "Recycling",
    flag: "--recycle-jitter <percent>",
    env: "DROVER_RECYCLE_JITTER",
    kind: wholeNumber("a whole number of percent", 0, 50),
    default: 10,
    help: "up to how many percent sooner, by chance; not for memory",
  },
} as const satisfies Rows;
