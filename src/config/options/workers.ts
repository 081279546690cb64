import { MOST_WORKERS } from "../../protocol/control.ts";
import { boolean, choice, orNull, orWord, wholeNumber } from "../kinds.ts";
import { account, urlPath } from "../option-kinds.ts";
import type { Rows } from "../option.ts";

/** How many copies, as whom, and when one counts as ready. */
export const WORKERS = {
  workers: {
    group: "Workers",
    flag: "-w, --workers <count>",
    env: "WEB_CONCURRENCY",
    // The limit is there for typing errors: a thousand processes of 40 MB are no longer what anyone meant.
    kind: orWord("auto", wholeNumber("a whole number", 1, MOST_WORKERS)),
    default: "auto",
    help: "how many workers; auto: one per CPU it may use",
    common: true,
  },
  restart: {
    group: "Workers",
    flag: "--restart <when>",
    env: "DROVER_RESTART",
    kind: choice(["always", "never"]),
    default: "always",
    help: "whether a worker that dies is replaced: always or never",
  },
  waitReady: {
    group: "Workers",
    flag: "--wait-ready",
    env: "DROVER_WAIT_READY",
    kind: boolean(),
    default: false,
    help: 'a worker is ready only when the app has said process.send("ready")',
  },
  probe: {
    group: "Workers",
    flag: "--probe <path>",
    env: "DROVER_PROBE",
    kind: orNull(urlPath()),
    default: null,
    help: "a worker is ready only when GET of this path answers 2xx or 3xx",
  },
  maxInFlight: {
    group: "Workers",
    flag: "--max-in-flight <count>",
    env: "DROVER_MAX_IN_FLIGHT",
    kind: orNull(wholeNumber("a whole number", 1, 1_000_000)),
    default: null,
    help: "requests one worker handles at once; above that 503",
  },
  shutdownMessage: {
    group: "Workers",
    flag: "--shutdown-message",
    env: "DROVER_SHUTDOWN_MESSAGE",
    kind: boolean(),
    default: false,
    help: 'tell the app to end by the message "shutdown", as pm2 can',
  },
  user: {
    group: "Workers",
    flag: "--user <user>",
    env: "DROVER_USER",
    kind: orNull(account()),
    default: null,
    computed: "Drover's own",
    help: "user the workers run as",
  },
  group: {
    group: "Workers",
    flag: "--group <group>",
    env: "DROVER_GROUP",
    kind: orNull(account()),
    default: null,
    computed: "Drover's own",
    help: "group the workers run as",
  },
} as const satisfies Rows;
