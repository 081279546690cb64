import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { apply } from "../../src/policy/apply.ts";
import { newFleet, type Action, type Fleet, type FleetEvent, type Limits } from "../../src/policy/fleet.ts";
import { BOOT_ENDS_WITHIN, plan } from "../../src/policy/plan.ts";
import { slots } from "../../src/policy/slots.ts";
import { LIMITS } from "./fleets.ts";

/** The world's half of a run: what happens next, to the how-manieth of the living workers, after how long. */
const happening = fc.record({
  kind: fc.constantFrom(
    "ready",
    "ready",
    "answered",
    "die",
    "die",
    "leave",
    "wait",
    "fail",
    "gone",
    "reload",
    "restart",
    "recycle",
    "scale" as const,
  ),
  whom: fc.nat(20),
  after: fc.nat(20_000),
});
const history = fc.record({ size: fc.integer({ min: 1, max: 6 }), happenings: fc.array(happening, { maxLength: 60 }) });

/** Plays a history against the policy and shows every fleet that results, after its actions were performed. */
function play(
  size: number,
  happenings: readonly (typeof happening extends fc.Arbitrary<infer H> ? H : never)[],
  limits: Limits,
  look: (fleet: Fleet) => void,
): Fleet {
  let now = 0;
  let ids = 0;
  let generations = 1;
  let fleet = newFleet(size, now);
  const perform = (action: Action): FleetEvent[] => {
    switch (action.type) {
      case "fork":
        return [{ type: "forked", worker: ++ids, slot: action.slot, generation: action.generation }];
      case "drain":
        return [{ type: "draining", worker: action.worker, why: "told" }];
      case "kill":
        return [
          { type: "killed", worker: action.worker },
          { type: "exited", worker: action.worker, verdict: "failed" },
        ];
      case "close-listeners":
        return [{ type: "listeners-closed" }];
      case "start-stand-in":
        return [{ type: "stand-in", running: true }];
      case "stop-stand-in":
        return [{ type: "stand-in", running: false }];
      case "begin-stop":
        return [{ type: "stop", now: false }];
      case "prove":
        return [{ type: "proved" }];
      case "end-reload":
        return [{ type: "reload-ended" }];
      case "finish":
        return [];
    }
  };
  const settle = (): void => {
    for (let rounds = 0; ; rounds += 1) {
      assert.ok(rounds < 20, "the policy settles");
      const events = plan(fleet, now, limits).actions.flatMap(perform);
      if (events.length === 0) return look(fleet);
      for (const event of events) fleet = apply(fleet, event, now, limits);
    }
  };
  settle();
  for (const { kind, whom, after } of happenings) {
    now += after;
    const worker = fleet.workers[whom % Math.max(1, fleet.workers.length)];
    if (worker && kind === "die")
      fleet = apply(fleet, { type: "exited", worker: worker.id, verdict: "failed" }, now, limits);
    if (worker && kind === "leave" && worker.state === "ready")
      fleet = apply(fleet, { type: "draining", worker: worker.id, why: "asked" }, now, limits);
    if (kind === "reload" || kind === "restart") {
      const how = kind === "reload" ? "rolling" : "at-once";
      fleet = apply(fleet, { type: "reload", to: ++generations, how }, now, limits);
    }
    if (worker && kind === "recycle")
      fleet = apply(fleet, { type: "recycle", worker: worker.id, reason: "memory" }, now, limits);
    if (worker && kind === "fail" && worker.state === "starting")
      fleet = apply(fleet, { type: "exited", worker: worker.id, verdict: "failed" }, now, limits);
    if (worker && kind === "gone" && worker.state === "draining")
      fleet = apply(fleet, { type: "exited", worker: worker.id, verdict: "failed" }, now, limits);
    if (kind === "scale") fleet = apply(fleet, { type: "scale", size: 1 + (whom % 6) }, now, limits);
    if (worker && (kind === "ready" || kind === "answered"))
      fleet = apply(fleet, { type: kind, worker: worker.id }, now, limits);
    settle();
  }
  return fleet;
}

test("no history puts two workers of one generation that are to stay into one slot", () => {
  fc.assert(
    fc.property(history, ({ size, happenings }) => {
      play(size, happenings, LIMITS, (fleet) => {
        const serving = fleet.workers.filter(({ state, recycle }) => state !== "draining" && recycle === null);
        const places = serving.map(({ slot, generation }) => `${slot}/${generation}`);
        assert.equal(new Set(places).size, places.length);
        assert.ok(serving.every(({ slot }) => slot >= 1 && slot <= fleet.size));
      });
    }),
  );
});

/** Of the two that one slot may have, the one that is recycled counts as extra. */
test("no history has more workers than slots and surge, and one more for a recycling that was begun before", () => {
  fc.assert(
    fc.property(history, ({ size, happenings }) => {
      play(size, happenings, LIMITS, (fleet) => {
        const serving = fleet.workers.filter((worker) => worker.state !== "draining");
        const replaced = serving.filter(({ slot, generation, recycle }) => {
          return (
            recycle !== null && serving.filter((one) => one.slot === slot && one.generation === generation).length > 1
          );
        });
        assert.ok(replaced.length <= 1);
        assert.ok(serving.length <= fleet.size + LIMITS.surge + replaced.length);
      });
    }),
  );
});

test("neither a rolling reload nor a recycling takes a ready worker away before another is ready in its slot", () => {
  const calm = fc.record({
    kind: fc.constantFrom("ready", "ready", "answered", "wait", "fail", "reload", "recycle", "recycle" as const),
    whom: fc.nat(20),
    after: fc.nat(20_000),
  });
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 6 }), fc.array(calm, { maxLength: 80 }), (size, happenings) => {
      const up = Array.from({ length: 2 * size }, (_, whom) => ({ kind: "ready", whom, after: 0 }) as const);
      let everFull = false;
      play(size, [...up, ...happenings], { ...LIMITS, bootTimeout: Infinity }, (fleet) => {
        const served = new Set(fleet.workers.filter(({ state }) => state === "ready").map(({ slot }) => slot)).size;
        everFull ||= served === size;
        if (everFull) assert.equal(served, size);
      });
    }),
  );
});

test("a recycling fills no more than one place at a time, from the fork of the next worker to the end of the old one", () => {
  const calm = fc.record({
    kind: fc.constantFrom("ready", "ready", "answered", "wait", "fail", "gone", "recycle", "recycle" as const),
    whom: fc.nat(20),
    after: fc.nat(20_000),
  });
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 6 }), fc.array(calm, { maxLength: 80 }), (size, happenings) => {
      const up = Array.from({ length: 2 * size }, (_, whom) => ({ kind: "ready", whom, after: 0 }) as const);
      play(size, [...up, ...happenings], { ...LIMITS, bootTimeout: Infinity, drainTimeout: Infinity }, (fleet) => {
        assert.ok(fleet.workers.length <= size + 1);
      });
    }),
  );
});

test("no history boots more workers at once than allowed", () => {
  fc.assert(
    fc.property(history, ({ size, happenings }) => {
      play(size, happenings, { ...LIMITS, bootsAtOnce: 2 }, (fleet) => {
        assert.ok(fleet.workers.filter((worker) => worker.state === "starting").length <= 2);
      });
    }),
  );
});

test("after any history that was once healthy every slot is filled again, given time", () => {
  fc.assert(
    fc.property(history, ({ size, happenings }) => {
      const healthy = [{ kind: "ready", whom: 0, after: 0 } as const, ...happenings];
      const patience = Array.from({ length: 40 }, (_, whom) => ({ kind: "ready", whom, after: 15_000 }) as const);
      const end = play(size, [...healthy, ...patience], { ...LIMITS, bootTimeout: Infinity }, () => undefined);
      const filled = new Set(end.workers.filter(({ state }) => state !== "draining").map(({ slot }) => slot));
      assert.deepEqual(
        [...filled].toSorted((a, b) => a - b),
        slots(end),
      );
    }),
  );
});

test("a stop after any history ends, whatever the workers do", () => {
  fc.assert(
    fc.property(history, ({ size, happenings }) => {
      let fleet = play(size, happenings, LIMITS, () => undefined);
      if (fleet.phase === "given-up") return;
      fleet = apply(fleet, { type: "stop", now: false }, 10 ** 9, LIMITS);
      // Those that boot first, then the others.
      const rounds = [10 ** 9, 10 ** 9 + BOOT_ENDS_WITHIN];
      for (const now of rounds) {
        for (const { worker } of plan(fleet, now, LIMITS).actions.filter((action) => action.type === "drain")) {
          fleet = apply(fleet, { type: "draining", worker, why: "told" }, now, LIMITS);
        }
      }
      const end = 10 ** 9 + BOOT_ENDS_WITHIN + LIMITS.drainTimeout + LIMITS.killSlack;
      const late = plan(fleet, end, LIMITS).actions;
      const killed = late.filter((action) => action.type === "kill").map((action) => action.worker);
      assert.deepEqual(
        killed,
        fleet.workers.map((worker) => worker.id),
      );
    }),
  );
});
