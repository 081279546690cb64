import { orNull } from "../kinds.ts";
import { duration } from "../option-kinds.ts";
import type { Rows } from "../option.ts";

/** How long anything may take. */
export const TIMEOUTS = {
  "timeouts.boot": {
    group: "Timeouts",
    flag: "--boot-timeout <time>",
    env: "DROVER_BOOT_TIMEOUT",
    kind: duration(1),
    default: 30_000,
    help: "from the start of a worker until it is ready",
  },
  "timeouts.drain": {
    group: "Timeouts",
    flag: "--drain-timeout <time>",
    env: "DROVER_DRAIN_TIMEOUT",
    kind: duration(0),
    default: 20_000,
    help: "for a leaving worker to finish its requests",
    common: true,
  },
  "timeouts.lameduck": {
    group: "Timeouts",
    flag: "--lameduck-timeout <time>",
    env: "DROVER_LAMEDUCK_TIMEOUT",
    kind: duration(0),
    default: 0,
    computed: "0s, under Kubernetes 5s",
    help: "from the order to stop to the drain, while /readyz already says no",
  },
  "timeouts.grace": {
    group: "Timeouts",
    flag: "--grace-timeout <time>",
    env: "DROVER_GRACE_TIMEOUT",
    kind: orNull(duration(1)),
    default: null,
    computed: "the platform's",
    help: "what the platform grants between its TERM and its KILL",
  },
  "timeouts.idle": {
    group: "Timeouts",
    flag: "--idle-timeout <time>",
    env: "DROVER_IDLE_TIMEOUT",
    kind: duration(0),
    default: 2000,
    help: "how long a leaving worker keeps idle connections open",
  },
  "timeouts.keepAlive": {
    group: "Timeouts",
    flag: "--keep-alive-timeout <time>",
    env: "DROVER_KEEP_ALIVE_TIMEOUT",
    kind: duration(0),
    default: 65_000,
    help: "how long an idle connection stays open",
  },
  "timeouts.headers": {
    group: "Timeouts",
    flag: "--headers-timeout <time>",
    env: "DROVER_HEADERS_TIMEOUT",
    kind: duration(0),
    default: 15_000,
    help: "for a client to send the headers of a request",
  },
  "timeouts.read": {
    group: "Timeouts",
    flag: "--read-timeout <time>",
    env: "DROVER_READ_TIMEOUT",
    kind: duration(0),
    default: 30_000,
    help: "longest silence in the middle of a request's body",
  },
  "timeouts.request": {
    group: "Timeouts",
    flag: "--request-timeout <time>",
    env: "DROVER_REQUEST_TIMEOUT",
    kind: duration(0),
    default: 300_000,
    help: "for a client to send a whole request",
  },
} as const satisfies Rows;
