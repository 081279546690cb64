import assert from "node:assert/strict";
import { suite, test } from "node:test";
import {
  decide,
  GAP,
  NOTHING_KNOWN,
  PATIENCE,
  RETRY,
  take,
  type SyncEvent,
  type SyncState,
} from "../../../src/deploy/sync/sync-policy.ts";

const REST = { type: "rest" } as const;

type Step = readonly [at: number, event: SyncEvent | null];

function served(...slots: readonly number[]): SyncEvent {
  return { type: "served", served: { size: slots.length, slots } };
}

function growing(size: number, ...slots: readonly number[]): SyncEvent {
  return { type: "served", served: { size, slots } };
}

function begun(...slots: readonly number[]): SyncEvent {
  return { type: "begun", slots };
}

const APPLIED: SyncEvent = { type: "applied" };
const FAILED: SyncEvent = { type: "failed" };

/** nginx serves two slots since long. */
const QUIET: SyncState = { ...NOTHING_KNOWN, applied: [1, 2], wish: { slots: [1, 2], since: -9000, isWhole: true } };

function apply(...slots: readonly number[]): object {
  return { type: "apply", slots };
}

function wait(until: number): object {
  return { type: "wait", until };
}

suite("an upstream file", () => {
  const rows: readonly (readonly [title: string, from: SyncState, steps: readonly Step[], action: object])[] = [
    ["rests while nothing is known", NOTHING_KNOWN, [], REST],
    ["is left as it is by an app that tells of no slots", NOTHING_KNOWN, [[0, growing(2)]], REST],
    ["is left as it is by an app that starts anew", QUIET, [[0, growing(2)]], REST],
    ["is looked at when an app is found", NOTHING_KNOWN, [[0, served(1, 2)]], apply(1, 2)],
    ["rests when it says what is served", QUIET, [[0, served(1, 2)]], REST],
    ["is written at once when slots go", QUIET, [[0, served(1)]], apply(1)],
    ["is written at once when all new slots are there", QUIET, [[0, served(1, 2, 3)]], apply(1, 2, 3)],
    ["rests when slots are to come", QUIET, [[0, growing(4, 1, 2)]], REST],
    ["waits for slots that are still to come", QUIET, [[7, growing(4, 1, 2, 3)]], wait(7 + PATIENCE)],
    [
      "waits no longer when they have come",
      QUIET,
      [
        [0, growing(4, 1, 2, 3)],
        [100, served(1, 2, 3, 4)],
      ],
      apply(1, 2, 3, 4),
    ],
    [
      "waits for slots that never come no longer than that, though others come meanwhile",
      QUIET,
      [
        [0, growing(8, 1, 2, 3)],
        [PATIENCE - 1, growing(8, 1, 2, 3, 4)],
        [PATIENCE, null],
      ],
      apply(1, 2, 3, 4),
    ],
    [
      "waits no longer for slots that are not wanted any more",
      QUIET,
      [
        [0, growing(4, 1, 2, 3)],
        [100, growing(3, 1, 2, 3)],
      ],
      apply(1, 2, 3),
    ],
    [
      "rests during a try, whatever comes",
      QUIET,
      [
        [0, served(1)],
        [0, begun(1)],
        [1, served(1, 2, 3)],
        [2, served(1, 2)],
      ],
      REST,
    ],
    [
      "is written again no sooner than two seconds after",
      QUIET,
      [
        [0, served(1)],
        [0, begun(1)],
        [1, served(1, 2, 3)],
        [500, APPLIED],
      ],
      wait(GAP),
    ],
    [
      "has the last wish then",
      QUIET,
      [
        [0, served(1)],
        [0, begun(1)],
        [1, served(1, 2, 3)],
        [500, APPLIED],
        [600, served(1, 2, 3, 4)],
        [GAP, null],
      ],
      apply(1, 2, 3, 4),
    ],
    [
      "rests when the last wish is what there is",
      QUIET,
      [
        [0, served(1)],
        [0, begun(1)],
        [1, served(1, 2)],
        [500, APPLIED],
        [600, served(1)],
      ],
      REST,
    ],
    [
      "is tried again a while after a failure",
      QUIET,
      [
        [0, served(1)],
        [0, begun(1)],
        [500, FAILED],
      ],
      wait(500 + RETRY),
    ],
    [
      "is tried again at the next change after a failure",
      QUIET,
      [
        [0, served(1)],
        [0, begun(1)],
        [500, FAILED],
        [GAP, served(1, 2, 3)],
      ],
      apply(1, 2, 3),
    ],
    [
      "is tried again soon where the wish has changed during the failure",
      QUIET,
      [
        [0, served(1)],
        [0, begun(1)],
        [400, served(1, 2, 3)],
        [500, FAILED],
      ],
      wait(GAP),
    ],
    [
      "is looked at again after a failure, though what was there before is wanted",
      QUIET,
      [
        [0, served(1)],
        [0, begun(1)],
        [500, FAILED],
        [GAP, served(1, 2)],
      ],
      apply(1, 2),
    ],
  ];
  for (const [title, from, steps, action] of rows) {
    test(title, () => {
      let state = from;
      let now = 0;
      for (const [at, event] of steps) {
        now = at;
        if (event) state = take(state, event, at);
      }
      assert.deepEqual(decide(state, now), action);
    });
  }
});
