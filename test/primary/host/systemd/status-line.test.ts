import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { statusLine, type StatusFacts } from "../../../../src/primary/host/systemd/status-line.ts";

const RUNNING: StatusFacts = {
  size: 2,
  ready: 2,
  lameduck: null,
  stopping: false,
  reloading: false,
  generation: 3,
  workers: 2,
  reloadFailed: false,
};

const rows: readonly (readonly [facts: Partial<StatusFacts>, line: string])[] = [
  [{}, "2 of 2 workers ready, generation 3"],
  [{ size: 1, ready: 0 }, "0 of 1 worker ready, generation 3"],
  [{ reloading: true }, "2 of 2 workers ready, generation 3, reloading"],
  [{ reloadFailed: true }, "2 of 2 workers ready, generation 3, the last reload failed"],
  [{ reloadFailed: true, reloading: true }, "2 of 2 workers ready, generation 3, reloading"],
  [{ lameduck: "drain" }, "2 of 2 workers ready, generation 3, lameduck"],
  [{ stopping: true, workers: 1 }, "stopping, 1 worker left"],
];

suite("the status line", () => {
  for (const [facts, line] of rows)
    test(`says ${JSON.stringify(facts)} as "${line}"`, () => {
      assert.equal(statusLine({ ...RUNNING, ...facts }), line);
    });
});
