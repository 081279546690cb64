import diagnostics from "node:diagnostics_channel";
import { AUTOPSY_CHANNEL, AUTOPSY_SOURCE, type Autopsy } from "../../protocol/autopsy.ts";
import type { UnderWay } from "../../protocol/ipc.ts";
import { reportOf } from "../app/error-report.ts";
import type { Traffic } from "../traffic/traffic.ts";
import { underWay } from "../traffic/under-way.ts";

/** Frames of the app's, which Node would cut at ten. */
const DEPTH = 50;

/**
 * Answers the primary's question in the middle of whatever the event loop is stuck in: a channel of diagnostics can be reached from outside, and nothing of ours
 * lies about in the app's globals for it.
 */
export function answerAutopsy(traffic: Traffic, culprit: () => UnderWay | null): void {
  diagnostics.subscribe(AUTOPSY_CHANNEL, (question) => {
    const answer: Autopsy = {
      pid: process.pid,
      stack: stackBelow(),
      underWay: underWay(traffic, performance.now()),
      culprit: culprit(),
    };
    Object.assign(question as object, answer);
  });
}

/** What the question has interrupted. */
function stackBelow(): string {
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = DEPTH;
  const error = new Error("hang");
  Error.stackTraceLimit = limit;
  const frames = String(error.stack).split("\n");
  error.stack = frames.slice(frames.findLastIndex((line) => line.includes(AUTOPSY_SOURCE)) + 1).join("\n");
  return reportOf(error).stack;
}
