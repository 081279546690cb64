import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { hoardersAmong, type Holder } from "../../../src/worker/traffic/hoarders.ts";

const MB = 1_048_576;
/** Bytes per millisecond. */
const SLOW_PHONE = 20;

interface Client extends Holder {
  readonly name: string;
}

const greedy: Client = { name: "greedy", held: 60 * MB, pace: 0 };
const stuck: Client = { name: "stuck", held: 0.1 * MB, pace: 0 };
const trickle: Client = { name: "trickle", held: 64 * MB, pace: 3 };
const phone: Client = { name: "phone", held: 5 * MB, pace: SLOW_PHONE };
const fresh: Client = { name: "fresh", held: 60 * MB, pace: null };

type Row = readonly [title: string, clients: readonly Client[], going: readonly string[]];

const rows: readonly Row[] = [
  ["who holds what the worker can bear stays, whatever its pace", [greedy, trickle, stuck], []],
  ["who takes nothing goes when it is too much", [greedy, trickle, phone], ["greedy"]],
  ["no more go than must", [greedy, greedy, phone, phone], ["greedy"]],
  ["to take a little keeps nobody", [trickle, trickle, phone], ["trickle"]],
  ["slow readers stay, however many", Array.from({ length: 100 }, () => phone), []],
  ["a fresh one is watched first", [fresh, fresh, fresh, phone], []],
  ["who holds little goes last of those that are stuck", [stuck, greedy, greedy, fresh, fresh], ["greedy", "greedy"]],
];

suite("of the clients that do not take their answers", () => {
  for (const [title, clients, going] of rows) {
    test(title, () => {
      assert.deepEqual(
        hoardersAmong(clients).map(({ name }) => name),
        going,
      );
    });
  }
});
