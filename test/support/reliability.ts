import { appendFileSync } from "node:fs";

/** A line of docs/reliability.md. */
export interface Finding {
  /** What was done to the app, as a phrase: `kill -9 of one worker of 3, four times`. */
  readonly fault: string;
  /** Requests, and whatever else counts as one; `lost`: those without the answer they were due. */
  readonly sent: number;
  readonly lost: number;
  /** What is expected, and what else was seen. */
  readonly note: string;
}

/** Kept for docs/reliability.md where DROVER_RELIABILITY names a file. */
export function record(finding: Finding): void {
  const file = process.env["DROVER_RELIABILITY"];
  if (file) appendFileSync(file, `${JSON.stringify({ ...finding, node: process.version })}\n`);
}

/** `npm run test:long` does more of the same. */
export const LONG = process.env["DROVER_TEST_LONG"] === "1";
