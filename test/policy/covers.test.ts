import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { covers, type OwnAddress, type ReadyWorker } from "../../src/policy/covers.ts";

/** Served by the worker of its slot, whose id is the slot's number. */
function address(slot: number, changes: Partial<OwnAddress> = {}): OwnAddress {
  return { key: `*:${2999 + slot}`, slot, family: "*:3000", servers: [slot], coveredBy: null, ...changes };
}

const vacant = (slot: number, coveredBy: number | null = null): OwnAddress => address(slot, { servers: [], coveredBy });
const ready = (...ids: readonly number[]): readonly ReadyWorker[] => ids.map((id) => ({ id, slot: id, isFull: false }));
const full = (...ids: readonly number[]): readonly ReadyWorker[] => ids.map((id) => ({ id, slot: id, isFull: true }));

type Row = readonly [
  title: string,
  addresses: readonly OwnAddress[],
  ready: readonly ReadyWorker[],
  wanted: Readonly<Record<string, number>>,
];

const ROWS: readonly Row[] = [
  ["nothing where every slot has its worker", [address(1), address(2)], ready(1, 2), {}],
  [
    "an address without a worker, by the lowest slot",
    [address(1), vacant(2), address(3)],
    ready(1, 3),
    { "*:3001": 1 },
  ],
  ["several, by one each", [address(1), vacant(2), vacant(3), address(4)], ready(1, 4), { "*:3001": 1, "*:3002": 4 }],
  ["more than there are workers, in turn", [address(1), vacant(2), vacant(3)], ready(1), { "*:3001": 1, "*:3002": 1 }],
  ["what is covered stays where it is", [address(1), vacant(2, 3), address(3)], ready(1, 3), { "*:3001": 3 }],
  ["and counts", [address(1), vacant(2, 1), vacant(3), address(4)], ready(1, 4), { "*:3001": 1, "*:3002": 4 }],
  [
    "goes on when who covers is not ready any more",
    [address(1), vacant(2, 3), vacant(3)],
    ready(1),
    { "*:3001": 1, "*:3002": 1 },
  ],
  ["and ends when the slot's worker is ready", [address(1), address(2, { coveredBy: 1 })], ready(1, 2), {}],
  ["not before, though it accepts", [address(1), address(2, { coveredBy: 1 })], ready(1), { "*:3001": 1 }],
  ["and is not begun for a worker that boots and accepts", [address(1), address(2)], ready(1), {}],
  ["nothing while nobody is ready", [vacant(1), vacant(2, 1)], [], {}],
  ["nothing of another family", [vacant(1), address(2, { family: "*:9000" })], ready(2), {}],
  ["nothing by a worker that listens nowhere", [vacant(1), vacant(2)], ready(3), {}],
  [
    "by the younger of two in one slot, which stays",
    [address(1, { servers: [1, 5] }), vacant(2)],
    [...ready(1), { id: 5, slot: 1, isFull: false }],
    { "*:3001": 5 },
  ],
  [
    "by one that has room, as what it would otherwise cover makes another full",
    [address(1), vacant(2, 1), address(3)],
    [...full(1), ...ready(3)],
    { "*:3000": 3, "*:3001": 3 },
  ],
  [
    "where that one leaves it when it has room again",
    [address(1, { coveredBy: 3 }), vacant(2, 3), address(3)],
    ready(1, 3),
    { "*:3001": 3 },
  ],
  ["where it is, while room is nowhere", [address(1), vacant(2, 3), address(3)], full(1, 3), { "*:3001": 3 }],
  [
    "no more for the full, while room is nowhere",
    [address(1, { coveredBy: 3 }), vacant(2, 3), address(3)],
    full(1, 3),
    { "*:3001": 3 },
  ],
  ["nothing for the full where every slot has its worker", [address(1), address(2)], [...full(1), ...ready(2)], {}],
  [
    "nor where another family misses one",
    [address(1), address(2), address(3, { family: "*:9000", servers: [] })],
    [...full(1), ...ready(2)],
    {},
  ],
  [
    "nothing for the full one of two that both accept",
    [address(1, { servers: [1, 5] }), vacant(2), address(3)],
    [...full(1), { id: 5, slot: 1, isFull: false }, ...ready(3)],
    { "*:3001": 5 },
  ],
];

suite("is covered:", () => {
  for (const [title, addresses, workers, wanted] of ROWS) {
    test(title, () => {
      const found = [...covers(addresses, workers)].map(([key, { id }]) => [key, id]);
      assert.deepEqual(Object.fromEntries(found), wanted);
    });
  }
});
