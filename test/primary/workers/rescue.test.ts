import assert from "node:assert/strict";
import { test } from "node:test";
import type { SocketHandle } from "../../../src/primary/sockets/bind.ts";
import { Rescue } from "../../../src/primary/workers/rescue.ts";

function scene(takers: number[]): {
  rescue: Rescue;
  offers: string[];
  closed: () => boolean;
  connection: SocketHandle;
} {
  const offers: string[] = [];
  let closed = false;
  const connection: SocketHandle = { fd: 9, getsockname: () => 0, close: () => void (closed = true) };
  const rescue = new Rescue(() => {
    const worker = takers.shift();
    return worker === undefined ? null : { worker, adopt: (id) => offers.push(`${id} to ${worker}`) };
  });
  return { rescue, offers, closed: () => closed, connection };
}

test("offers a connection to a worker and keeps it until that one has it", () => {
  const { rescue, offers, closed, connection } = scene([7]);
  rescue.take("*:80", connection);
  assert.deepEqual(offers, ["1 to 7"]);
  assert.ok(!closed());
  rescue.adopted(1);
  assert.ok(closed());
});

test("offers it to another when the first has died without taking it", () => {
  const { rescue, offers, connection } = scene([7, 8]);
  rescue.take("*:80", connection);
  rescue.lost(7);
  assert.deepEqual(offers, ["1 to 7", "1 to 8"]);
});

test("does not offer it again when the taker dies with it", () => {
  const { rescue, offers, connection } = scene([7, 8]);
  rescue.take("*:80", connection);
  rescue.adopted(1);
  rescue.lost(7);
  assert.deepEqual(offers, ["1 to 7"]);
});

test("keeps it while there is nobody, until a worker is ready", () => {
  const takers: number[] = [];
  const { rescue, offers, connection } = scene(takers);
  rescue.take("*:80", connection);
  assert.deepEqual(offers, []);
  takers.push(9);
  rescue.offerWaiting();
  assert.deepEqual(offers, ["1 to 9"]);
});

test("closes what nobody will take any more", () => {
  const { rescue, closed, connection } = scene([]);
  rescue.take("*:80", connection);
  rescue.giveUp();
  assert.ok(closed());
});
