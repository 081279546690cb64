import assert from "node:assert/strict";
import { test } from "node:test";
import { whileBusy } from "../../../src/worker/traffic/while-busy.ts";

/** Requests and streams come and go, and time passes, when told to. `looks`: how often the worker has looked; `isAsleep`: no timer is set. */
function watched() {
  const underWay = { requests: 0, streams: 0 };
  const begins: (() => void)[] = [];
  const onBegin = (begin: () => void): void => void begins.push(begin);
  const seen = { looks: 0, isAsleep: false };
  let due: (() => void) | undefined;
  const traffic = {
    http2: {
      streams: {
        get size(): number {
          return underWay.streams;
        },
      },
      onStream: onBegin,
    },
    inFlight: () => Array.from({ length: underWay.requests }),
    onRequest: onBegin,
  };
  whileBusy(
    traffic,
    () => (seen.looks += 1),
    (look) => {
      due = look;
      return { refresh: () => (seen.isAsleep = false) };
    },
  );
  const pass = (): void => {
    seen.isAsleep = true;
    due?.();
  };
  const begin = (what: "requests" | "streams"): void => {
    underWay[what] += 1;
    for (const tell of begins) tell();
  };
  return { underWay, seen, begin, pass };
}

for (const what of ["requests", "streams"] as const) {
  test(`a worker looks again and again while ${what} are under way, once more when the last is gone, and then sleeps`, () => {
    const { underWay, seen, begin, pass } = watched();
    pass();
    assert.deepEqual(seen, { looks: 1, isAsleep: true });
    for (const expected of [4, 7]) {
      begin(what);
      begin(what);
      pass();
      pass();
      assert.equal(seen.isAsleep, false);
      underWay[what] = 0;
      pass();
      assert.deepEqual(seen, { looks: expected, isAsleep: true });
    }
  });
}
