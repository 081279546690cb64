import assert from "node:assert/strict";
import { suite, test } from "node:test";
import type { WorkerState } from "../../../src/policy/fleet.ts";
import type { Listener } from "../../../src/primary/sockets/listeners.ts";
import { Covers } from "../../../src/primary/workers/covers.ts";

function listener(slot: number): Listener {
  const users = new Map([[slot, "listening" as const]]);
  const own = { slot, of: "*:3000" };
  const none = { formerly: undefined, coveredBy: null, ownTls: false };
  return {
    key: `*:${2999 + slot}`,
    address: {} as never,
    handle: {} as never,
    protocol: "http",
    users,
    own,
    ...none,
  };
}

/** Slots whose workers have the same numbers as ids. */
function fleet(size = 2) {
  const said: string[] = [];
  const slots = Array.from({ length: size }, (_, index) => index + 1);
  const states = new Map<number, WorkerState>(slots.map((id) => [id, "ready"]));
  const second = listener(2);
  const all = slots.map((slot) => (slot === 2 ? second : listener(slot)));
  const timers: (() => void)[] = [];
  const covers = new Covers({
    clock: { after: (_ms, callback) => (timers.push(callback), () => undefined) },
    listeners: {
      all: () => all,
      kinOf: (_, worker) => all.find(({ users }) => users.get(worker) === "listening"),
      coveredBy: (worker) => all.filter(({ coveredBy }) => coveredBy === worker),
    },
    workers: () => [...states].map(([id, state]) => ({ id, slot: id, state })),
    send: (worker, message, handle) => {
      const key = "key" in message ? message.key : "";
      const by = "by" in message ? ` by ${message.by}` : "";
      said.push(`${worker}: ${message.type} ${key}${by}${handle ? " with its handle" : ""}`);
    },
    covered: ({ key }, by) => said.push(`${key} covered by ${by}`),
    served: ({ key }) => said.push(`${key} served again`),
  });
  const set = (id: number, state: WorkerState | "gone"): void => {
    if (state === "gone") {
      states.delete(id);
      for (const one of all) {
        one.users.delete(id);
        if (one.coveredBy === id) one.coveredBy = null;
      }
    } else {
      states.set(id, state);
      all[id - 1]?.users.set(id, "listening");
    }
    covers.settle();
  };
  return { covers, said, set, second, wait: () => timers.pop()?.() };
}

const COVER = "1: cover *:3001 by *:3000 with its handle";

suite("covers", () => {
  test("begin when a slot has lost its worker, and end when it has one again", () => {
    const { said, set, wait } = fleet();
    set(2, "gone");
    set(2, "starting");
    wait();
    assert.deepEqual(said.splice(0), [COVER, "*:3001 covered by 1"]);
    set(2, "ready");
    assert.deepEqual(said, ["1: uncover *:3001", "*:3001 served again"]);
  });

  test("begin when a worker is told to leave and none has come in its place", () => {
    const { said, set } = fleet();
    set(2, "draining");
    assert.equal(said[0], COVER);
  });

  test("are told once, though who covers changes", () => {
    const { said, set, wait } = fleet();
    set(2, "gone");
    wait();
    set(1, "gone");
    set(1, "ready");
    wait();
    assert.deepEqual(
      said.filter((line) => line.startsWith("*:3001")),
      ["*:3001 covered by 1"],
    );
    assert.equal(said.filter((line) => line === COVER).length, 2);
  });

  test("are not told of an address that has not been served yet", () => {
    const { said, set, second, wait } = fleet();
    second.protocol = null;
    set(2, "gone");
    wait();
    assert.deepEqual(said, [COVER]);
  });

  test("are not told when they are over by then, nor is their end", () => {
    const { said, set, wait } = fleet();
    set(2, "gone");
    set(2, "ready");
    wait();
    assert.deepEqual(said, [COVER, "1: uncover *:3001"]);
  });

  test("are given again to a worker that had stopped accepting", () => {
    const { covers, said, set } = fleet();
    set(2, "gone");
    said.length = 0;
    covers.resume(1);
    assert.deepEqual(said, [COVER]);
  });

  test("go from a worker that is full to one that has room, which takes its clients, too, and nobody is told", () => {
    const { covers, said, set, wait } = fleet(3);
    set(2, "gone");
    wait();
    said.length = 0;
    covers.full(1);
    wait();
    const taken = [
      "3: cover *:3000 by *:3002 with its handle",
      "1: uncover *:3001",
      "3: cover *:3001 by *:3002 with its handle",
    ];
    assert.deepEqual(said.splice(0), taken);
    covers.hasRoom(1);
    assert.deepEqual(said.splice(0), ["3: uncover *:3000"]);
    covers.full(3);
    assert.deepEqual(said.at(-1), "1: cover *:3002 by *:3000 with its handle");
  });

  test("end with their address", () => {
    const { covers, said, set, second } = fleet();
    set(2, "gone");
    said.length = 0;
    covers.end([second]);
    assert.deepEqual(said, ["1: uncover *:3001"]);
  });
});
