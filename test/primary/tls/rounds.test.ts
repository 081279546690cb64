import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { Rounds } from "../../../src/primary/tls/rounds.ts";
import type { Crew } from "../../../src/primary/workers/crew.ts";
import { ManualClock } from "../../support/manual-clock.ts";

/** Workers with these ids, each in the slot of that number. */
function crew(...ids: readonly number[]): Crew {
  const members = ids.map((id) => ({ exiting: false, handle: { id, slot: id, connected: true } }));
  return { all: () => members } as unknown as Crew;
}

const everybody = (): boolean => true;

suite("a round", () => {
  test("ends when every worker that was told uses it", async () => {
    const rounds = new Rounds(new ManualClock(), crew(1, 2, 3));
    const shared = rounds.share(7, ({ slot }) => slot !== 3);
    rounds.applied(1, 7, null);
    rounds.applied(3, 7, null);
    rounds.applied(2, 6, null);
    rounds.applied(2, 8, null);
    assert.deepEqual(await shared, { workers: 2, refused: [], late: [] });
  });

  test("tells which worker could not", async () => {
    const rounds = new Rounds(new ManualClock(), crew(1, 2));
    const shared = rounds.share(1, everybody);
    rounds.applied(1, 1, "no start line");
    rounds.applied(2, 1, null);
    assert.deepEqual(await shared, { workers: 1, refused: [{ slot: 1, error: "no start line" }], late: [] });
  });

  test("does not wait for workers that have gone, nor for long for those that are busy", async () => {
    const clock = new ManualClock();
    const rounds = new Rounds(clock, crew(1, 2, 3));
    const shared = rounds.share(1, everybody);
    rounds.left(1);
    rounds.applied(2, 1, null);
    clock.advance(10_000);
    assert.deepEqual(await shared, { workers: 1, refused: [], late: [3] });
    assert.equal(clock.waiting, 0);
  });

  test("without workers ends at once", async () => {
    const clock = new ManualClock();
    assert.deepEqual(await new Rounds(clock, crew()).share(1, everybody), { workers: 0, refused: [], late: [] });
    assert.equal(clock.waiting, 0);
  });
});
