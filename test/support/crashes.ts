import { idOf } from "../../src/crashes/cause.ts";
import type { Filing } from "../../src/crashes/filing.ts";
import type { Death } from "../../src/protocol/crash.ts";

/** A death of slot 2 by `process.exit(7)`. */
export function death(own: Partial<Death> = {}): Death {
  return {
    at: 1_000,
    reason: "exit-code",
    text: "exit code 7",
    code: 7,
    signal: null,
    slot: 2,
    pid: 4242,
    generation: 3,
    release: "/srv/web/releases/3/app.js",
    drover: "0.1.0",
    node: "24.21.0",
    uptimeMs: 62_000,
    error: null,
    stack: null,
    rssBytes: null,
    requests: {
      asOf: "end",
      agoMs: 0,
      named: [{ method: "POST", path: "/export/7", ms: 1_250 }],
      culprit: null,
      count: 1,
    },
    lines: ["exports everything"],
    history: [],
    nodeReport: null,
    ...own,
  };
}

/** One death of that cause. */
export function filing(cause: string, at: number): Filing {
  return { id: idOf(cause), cause, last: death({ at }), traces: [{ at, routes: null }] };
}
