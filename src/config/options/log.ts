import { boolean, choice, orNull, wholeNumber } from "../kinds.ts";
import { notes } from "../note-kind.ts";
import { duration, level, path, size } from "../option-kinds.ts";
import type { Rows } from "../option.ts";

/** What is said, and where. */
export const LOG = {
  silence: {
    group: "Log",
    flag: "--silence <note>",
    env: "DROVER_SILENCE",
    kind: notes(),
    default: [],
    help: "what not to remark upon: memory-session, interval, … (docs/noticed.md), or all",
    repeatable: true,
  },
  "log.level": {
    group: "Log",
    flag: "--log-level <level>",
    env: "LOG_LEVEL",
    kind: level,
    default: "info",
    help: "least serious lines to log: debug, info, warn, error or silent",
    common: true,
  },
  "log.format": {
    group: "Log",
    flag: "--log-format <format>",
    env: "DROVER_LOG_FORMAT",
    kind: choice(["auto", "pretty", "json", "journal"]),
    default: "auto",
    help: "pretty, json, journal, or auto: by what reads it",
  },
  "log.prefix": {
    group: "Log",
    flag: null,
    off: { flag: "--no-log-prefix", help: "leave slot and pid off the app's lines" },
    env: "DROVER_LOG_PREFIX",
    kind: boolean(),
    default: true,
    help: "start each line of the app with its slot and pid",
  },
  "log.access": {
    group: "Log",
    flag: "--access-log",
    env: "DROVER_ACCESS_LOG",
    kind: boolean(),
    default: false,
    help: "log one JSON line per request",
  },
  "log.file": {
    group: "Log",
    flag: "--log-file <file>",
    env: "DROVER_LOG_FILE",
    kind: orNull(path("a log file")),
    default: null,
    computed: "none, with -d logs/NAME.log",
    help: "write everything there instead of to stdout and stderr",
  },
  "log.maxSize": {
    group: "Log",
    flag: "--log-max-size <size>",
    env: "DROVER_LOG_MAX_SIZE",
    kind: size(0),
    default: 10_000_000,
    help: "size at which the log file is rotated; 0: never",
  },
  "log.maxFiles": {
    group: "Log",
    flag: "--log-max-files <count>",
    env: "DROVER_LOG_MAX_FILES",
    kind: wholeNumber("a whole number", 0, 10_000),
    default: 10,
    help: "rotated log files that are kept",
  },
  "log.maxAge": {
    group: "Log",
    flag: "--log-max-age <time>",
    env: "DROVER_LOG_MAX_AGE",
    kind: orNull(duration(1000)),
    default: null,
    help: "age at which the log file is rotated",
  },
  "log.compress": {
    group: "Log",
    flag: null,
    off: { flag: "--no-log-compress", help: "leave rotated log files as they are" },
    env: "DROVER_LOG_COMPRESS",
    kind: boolean(),
    default: true,
    help: "gzip rotated log files",
  },
} as const satisfies Rows;
