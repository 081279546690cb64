import assert from "node:assert/strict";
import { suite, test, type TestContext } from "node:test";
import { setImmediate } from "node:timers/promises";
import type { Connection, ConnectionEvents } from "../../../src/store/redis/connection.ts";
import { Line } from "../../../src/store/redis/line.ts";

/** A server that answers what, and when, the test says. */
class Script implements Connection {
  isReady = true;
  renewed = 0;
  readonly sent: { readonly command: string; answer(reply: unknown): void }[] = [];

  open(): void {
    // The test connects it.
  }

  send(command: readonly string[]): Promise<unknown> {
    const { promise, resolve } = Promise.withResolvers<unknown>();
    this.sent.push({ command: command.join(" "), answer: resolve });
    return promise;
  }

  renew(): void {
    this.renewed += 1;
  }

  close(): void {
    this.isReady = false;
  }
}

function world(t: TestContext) {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const clock = { now: 0 };
  const script = new Script();
  const told: (string | null)[] = [];
  const { promise: events, resolve } = Promise.withResolvers<ConnectionEvents>();
  const line = new Line({
    name: "redis:test",
    connect: (events) => {
      resolve(events);
      return script;
    },
    probe: ["SET", "probe"],
    report: (_, reason) => told.push(reason),
    now: () => clock.now,
    random: () => 0.5,
  });
  const pass = async (ms: number): Promise<void> => {
    for (let count = 0; count < ms; count += 10) {
      clock.now += 10;
      t.mock.timers.tick(10);
      await setImmediate();
    }
  };
  const ask = (command: string): Promise<unknown> =>
    line.call("read", [command]).catch((error: Error) => error.message.replace(/.*available: /, ""));
  return { script, told, line, events, pass, ask };
}

suite("a line to Redis", () => {
  test("sends what waited for the connection in the order of the calls", async (t) => {
    const { script, events, ask } = world(t);
    script.isReady = false;
    const calls = [ask("A"), ask("B")];
    assert.equal(script.sent.length, 0);
    script.isReady = true;
    (await events).onReady();
    calls.push(ask("C"));
    for (const one of script.sent) one.answer(`to ${one.command}`);
    assert.deepEqual(await Promise.all(calls), ["to A", "to B", "to C"]);
  });

  test("fails who waits as soon as nothing can be had, not at his deadline", async (t) => {
    const { script, events, told, ask } = world(t);
    script.isReady = false;
    const call = ask("A");
    const heard = await events;
    const refused = Object.assign(new Error("connect"), { code: "ECONNREFUSED" });
    heard.onFailed(refused);
    assert.deepEqual(told, []);
    heard.onFailed(refused);
    assert.equal(await call, "connection refused");
    assert.deepEqual(told, ["connection refused"]);
  });

  test("says of who waited in vain why the last attempt to connect failed", async (t) => {
    const { script, events, told, ask, pass } = world(t);
    script.isReady = false;
    (await events).onFailed(Object.assign(new Error("connect"), { code: "ECONNREFUSED" }));
    const calls = [ask("A"), ask("B")];
    await pass(310);
    assert.deepEqual(await Promise.all(calls), ["connection refused", "connection refused"]);
    assert.deepEqual(told, ["connection refused"]);
    script.isReady = true;
    (await events).onReady();
    script.isReady = false;
    const later = ask("C");
    await pass(310);
    assert.equal(await later, "no connection within 300 ms");
  });

  test("looks after a server that is silent, and gives a connection up that stays silent", async (t) => {
    const { script, ask, pass } = world(t);
    const call = ask("A");
    await pass(310);
    assert.equal(await call, "no answer within 300 ms");
    await pass(450);
    assert.deepEqual(
      script.sent.map(({ command }) => command),
      ["A", "PING"],
    );
    assert.equal(script.renewed, 0);
    await pass(500);
    assert.equal(script.renewed, 1);
  });

  test("takes no late answer for another call's", async (t) => {
    const { script, ask, pass } = world(t);
    const first = ask("A");
    await pass(310);
    const second = ask("B");
    script.sent[0]?.answer("late");
    script.sent.find(({ command }) => command === "B")?.answer("in time");
    assert.deepEqual(await Promise.all([first, second]), ["no answer within 300 ms", "in time"]);
  });

  test("asks nothing of a server that is away but a PING now and then, and serves with the first answer", async (t) => {
    const { script, told, ask, pass } = world(t);
    const calls = Array.from({ length: 5 }, (_, index) => ask(`${index}`));
    await pass(310);
    await Promise.all(calls);
    assert.equal(await ask("not sent"), "no answer within 300 ms");
    const probe = script.sent.at(-1);
    assert.equal(probe?.command, "PING");
    probe.answer("PONG");
    await pass(10);
    assert.deepEqual(told, ["no answer within 300 ms", null]);
    const served = ask("B");
    script.sent.at(-1)?.answer("b");
    assert.equal(await served, "b");
    const before = script.sent.length;
    await pass(2000);
    assert.equal(script.sent.length, before, "nothing more is asked of one that is well");
  });
});
