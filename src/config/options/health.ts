import { orNull, wholeNumber } from "../kinds.ts";
import { address } from "../option-kinds.ts";
import type { Rows } from "../option.ts";

/** What load balancers and orchestrators ask. */
export const HEALTH = {
  admin: {
    group: "Health",
    flag: "--admin <address>",
    env: "DROVER_ADMIN",
    kind: orNull(address()),
    default: null,
    help: "serve /metrics, /livez, /readyz, /startupz, /up there; 9000: on loopback",
  },
  quorum: {
    group: "Health",
    flag: "--quorum <count>",
    env: "DROVER_QUORUM",
    kind: orNull(wholeNumber("a whole number", 1, 1024)),
    default: null,
    computed: "half of the workers",
    help: "ready workers below which /readyz says no",
  },
} as const satisfies Rows;
