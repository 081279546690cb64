import assert from "node:assert/strict";
import { test } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { Outage } from "../../src/session/outage.ts";

function watch(canWrite: () => Promise<boolean>) {
  const time = { now: 0 };
  return { time, outage: new Outage(canWrite, () => time.now) };
}

test("a failed write is known for two seconds, and an outage lasts as long as looking confirms it", async () => {
  const { time, outage } = watch(async () => false);
  assert.equal(outage.isOn(), false);
  outage.note(false);
  for (; time.now < 10_000; time.now += 1999) {
    assert.equal(outage.isOn(), true);
    await turn();
  }
  time.now += 2000;
  assert.equal(outage.isOn(), false, "nobody has looked for too long: the next write is tried");
});

test("is over as soon as a write passed, and when looking finds that one would", async () => {
  const { outage } = watch(async () => true);
  outage.note(false);
  outage.note(true);
  assert.equal(outage.isOn(), false);
  outage.note(false);
  assert.equal(outage.isOn(), true);
  await turn();
  assert.equal(outage.isOn(), false);
});

test("looks once at a time", async () => {
  let looks = 0;
  const look = Promise.withResolvers<boolean>();
  const { outage } = watch(() => {
    looks += 1;
    return look.promise;
  });
  outage.note(false);
  for (let count = 0; count < 5; count += 1) outage.isOn();
  assert.equal(looks, 1);
  look.resolve(false);
  await turn();
  outage.isOn();
  assert.equal(looks, 2);
});
