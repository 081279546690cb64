import assert from "node:assert/strict";
import { suite, test, type TestContext } from "node:test";
import { start, type Drover, type UserConfig } from "drover";
import { app } from "../support/fixture.ts";
import { isAlive } from "../support/proc.ts";
import { until } from "../support/wait.ts";

const QUIET: UserConfig = { port: 0, host: "127.0.0.1", log: { level: "silent" } };

interface Heard {
  readonly message: { readonly got: unknown; readonly pid: number };
  readonly slot: number;
}

/** Runs an app with this very process as its primary. */
async function run(t: TestContext, workers: number): Promise<{ drover: Drover; heard: Heard[] }> {
  const drover = await start({ ...QUIET, entry: app("supervision/messages.js"), workers });
  t.after(() => drover.stop());
  const heard: Heard[] = [];
  drover.on("message", (message, slot) => heard.push({ message: message as Heard["message"], slot }));
  return { drover, heard };
}

suite("a program that starts Drover", () => {
  test("sends a message to one slot, and hears from which slot an answer comes", async (t) => {
    const { drover, heard } = await run(t, 2);
    drover.send(2, { hello: "two" });
    await until(() => heard.length === 1, "one answer");
    assert.deepEqual(heard, [{ message: { got: { hello: "two" }, pid: drover.pids()[1] }, slot: 2 }]);
  });

  test("sends a message to all workers", async (t) => {
    const { drover, heard } = await run(t, 3);
    drover.send("all", "everybody");
    await until(() => heard.length === 3, "three answers");
    const sorted = heard.toSorted((a, b) => a.slot - b.slot);
    assert.deepEqual(
      sorted,
      drover.pids().map((pid, index) => ({ message: { got: "everybody", pid }, slot: index + 1 })),
    );
  });

  test("never shows Drover's own messages to the app", async (t) => {
    const { drover, heard } = await run(t, 1);
    drover.send(1, "first");
    drover.send(1, { cmd: "NODE", of: "the app" });
    await until(() => heard.length === 2, "two answers");
    assert.deepEqual(
      heard.map(({ message }) => message.got),
      ["first", { cmd: "NODE", of: "the app" }],
    );
  });

  test("replaces all workers with reload(), on the same port", async (t) => {
    const drover = await start({ ...QUIET, entry: app("http.js"), workers: 2, reload: { probation: 0 } });
    t.after(() => drover.stop());
    const before = drover.pids();
    assert.match(await drover.reload(), /^reloaded to generation 2: 2 workers, /);
    assert.equal(drover.pids().length, 2);
    assert.deepEqual(
      drover.pids().filter((pid) => before.includes(pid)),
      [],
    );
  });

  test("has as many workers as scale() says, but at least one", async (t) => {
    const drover = await start({ ...QUIET, entry: app("http.js"), workers: 1 });
    t.after(() => drover.stop());
    await drover.scale(3);
    assert.equal(drover.pids().length, 3);
    await drover.scale(0);
    assert.equal(drover.pids().length, 1);
  });

  test("ends all workers with stop()", async () => {
    const drover = await start({ ...QUIET, entry: app("http.js"), workers: 2 });
    const pids = drover.pids();
    assert.equal(pids.filter(isAlive).length, 2);
    await drover.stop();
    assert.deepEqual(pids.filter(isAlive), []);
  });

  test("gets the error of an app that cannot boot", async () => {
    const starting = start({ ...QUIET, entry: app("supervision/boot-throws.js"), workers: 1 });
    await assert.rejects(starting, /no settings for this environment/);
  });

  test("gets an error for an option that does not exist", async () => {
    const starting = start({ ...QUIET, entry: app("http.js"), wrokers: 1 } as UserConfig);
    await assert.rejects(starting, { code: "CONFIG_INVALID", message: /wrokers/, hint: /workers/ });
  });
});
