import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { setImmediate as tick } from "node:timers/promises";
import { Notifier } from "../../../../src/primary/host/systemd/notifier.ts";
import type { Log } from "../../../../src/telemetry/log.ts";

/** A systemd that takes its time: each message stays on its way until the test lets it arrive. */
class SlowSystemd {
  readonly sent: string[] = [];
  #arrival: PromiseWithResolvers<void> = Promise.withResolvers();

  readonly send = (assignments: readonly string[]): Promise<void> => {
    this.sent.push(assignments.join(" "));
    this.#arrival = Promise.withResolvers();
    return this.#arrival.promise;
  };

  async arrive(error?: Error): Promise<void> {
    if (error) this.#arrival.reject(error);
    else this.#arrival.resolve();
    await tick();
  }
}

function ignore(): void {}

function started(): { systemd: SlowSystemd; notifier: Notifier; warnings: string[] } {
  const systemd = new SlowSystemd();
  const warnings: string[] = [];
  const warn = (_event: string, _fields: object, text: string): void => void warnings.push(text);
  const log: Log = { debug: ignore, info: ignore, warn, error: ignore, flush: () => Promise.resolve() };
  return { systemd, notifier: new Notifier(systemd.send, log), warnings };
}

suite("the notifier", () => {
  test("tells every change of state, in order, one at a time", async () => {
    const { systemd, notifier } = started();
    notifier.state(["RELOADING=1"], "a");
    notifier.state(["READY=1"], "b");
    notifier.state(["STOPPING=1"], "c");
    assert.deepEqual(systemd.sent, ["RELOADING=1 STATUS=a"]);
    await systemd.arrive();
    await systemd.arrive();
    await systemd.arrive();
    assert.deepEqual(systemd.sent, ["RELOADING=1 STATUS=a", "READY=1 STATUS=b", "STOPPING=1 STATUS=c"]);
  });

  test("tells only the last of several status lines, and of signs of life one", async () => {
    const { systemd, notifier } = started();
    notifier.alive();
    for (const text of ["one", "two", "three"]) {
      notifier.status(text);
      notifier.alive();
    }
    await systemd.arrive();
    await systemd.arrive();
    assert.deepEqual(systemd.sent, ["WATCHDOG=1", "STATUS=three WATCHDOG=1"]);
  });

  test("drops a status line that a change of state has made old, and tells a newer one after it", async () => {
    const { systemd, notifier } = started();
    notifier.alive();
    notifier.status("old");
    notifier.state(["READY=1"], "ready");
    notifier.status("new");
    await systemd.arrive();
    await systemd.arrive();
    assert.deepEqual(systemd.sent, ["WATCHDOG=1", "READY=1 STATUS=ready", "STATUS=new"]);
  });

  test("goes on after a failure and warns once", async () => {
    const { systemd, notifier, warnings } = started();
    for (let round = 1; round <= 3; round += 1) {
      notifier.alive();
      await systemd.arrive(new Error("exit code 1"));
    }
    assert.equal(systemd.sent.length, 3);
    assert.equal(warnings.length, 1);
    assert.match(warnings[0] ?? "", /exit code 1/);
  });
});
