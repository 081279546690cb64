import assert from "node:assert/strict";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { suite, test, type TestContext } from "node:test";
import type { Nginx } from "../../../src/deploy/sync/nginx.ts";
import { GAP, RETRY } from "../../../src/deploy/sync/sync-policy.ts";
import { Sync } from "../../../src/deploy/sync/sync.ts";
import { UpstreamFile } from "../../../src/deploy/sync/upstream-file.ts";
import { temporaryFolder } from "../../support/fixture.ts";
import { ManualClock } from "../../support/manual-clock.ts";
import { until } from "../../support/wait.ts";

class Stage {
  readonly clock = new ManualClock();
  readonly said: string[] = [];
  /** What nginx was asked. */
  readonly asked: string[] = [];
  /** What it says to each question until it is told otherwise. */
  readonly answers = { check: null, test: null, reload: null } as Record<keyof Nginx, string | null>;
  readonly path: string;
  readonly sync: Sync;

  constructor(t: TestContext, before: string | null) {
    this.path = join(temporaryFolder(t), "up.conf");
    if (before !== null) writeFileSync(this.path, before);
    const answer = (question: keyof Nginx): Promise<string | null> => {
      this.asked.push(question);
      return Promise.resolve(this.answers[question]);
    };
    this.sync = new Sync({
      path: this.path,
      file: new UpstreamFile(this.path),
      nginx: { check: () => answer("check"), test: () => answer("test"), reload: () => answer("reload") },
      render: textOf,
      objection: (text) => (text.includes("mine") ? "expected another file" : null),
      clock: this.clock,
      say: (line) => void this.said.push(line),
    });
    t.after(() => this.sync.end());
  }

  /** Until the try that is due has been spoken of. */
  async says(line: string): Promise<void> {
    await until(() => this.said.includes(line), line);
    // What is said comes just before what is next is decided.
    await new Promise(setImmediate);
    this.said.length = 0;
  }

  served(...slots: readonly number[]): void {
    this.sync.served({ size: slots.length, slots });
  }

  text(): string {
    return readFileSync(this.path, "utf8");
  }
}

function textOf(slots: readonly number[]): string {
  return `slots ${slots.join(" ")}\n`;
}

suite("keeping an upstream file in step", () => {
  test("asks nginx about the text, then about all, then to reload", async (t) => {
    const stage = new Stage(t, textOf([1]));
    stage.served(1, 2);
    await stage.says("up.conf: 2 servers (slots 1, 2), nginx reloaded");
    assert.deepEqual(stage.asked, ["check", "test", "reload"]);
    assert.equal(stage.text(), textOf([1, 2]));
  });

  test("asks nothing where the file says it already", async (t) => {
    const stage = new Stage(t, textOf([1, 2]));
    stage.served(1, 2);
    await stage.says("up.conf: 2 servers (slots 1, 2), unchanged");
    assert.deepEqual(stage.asked, []);
  });

  test("writes nothing that nginx does not take by itself", async (t) => {
    const stage = new Stage(t, textOf([1]));
    stage.answers.check = "oh";
    stage.served(1, 2);
    await stage.says("up.conf: not written, since nginx does not take it: oh");
    assert.equal(stage.text(), textOf([1]));
  });

  test("writes over no file that it objects to, and asks nginx nothing", async (t) => {
    const stage = new Stage(t, "mine");
    stage.served(1, 2);
    await stage.says("up.conf: not written: expected another file");
    assert.deepEqual([stage.text(), stage.asked], ["mine", []]);
  });

  for (const before of [textOf([1]), null]) {
    test(`takes ${before === null ? "a new file away" : "the file back"} when nginx does not take the whole, and tries again later`, async (t) => {
      const stage = new Stage(t, before);
      stage.answers.test = "oh";
      stage.served(1, 2);
      await stage.says("up.conf: taken back, since nginx does not take its configuration: oh");
      assert.equal(existsSync(stage.path) ? stage.text() : null, before);
      stage.answers.test = null;
      stage.clock.advance(RETRY);
      await stage.says("up.conf: 2 servers (slots 1, 2), nginx reloaded");
      assert.equal(stage.text(), textOf([1, 2]));
    });

    test(`reloads an nginx later that could not be, of ${before === null ? "a new file" : "a file"} that is written`, async (t) => {
      const stage = new Stage(t, before);
      stage.answers.reload = "no such process";
      stage.served(1, 2);
      await stage.says("up.conf: written, but nginx was not reloaded: no such process");
      assert.equal(stage.text(), textOf([1, 2]));
      stage.asked.length = 0;
      stage.answers.reload = null;
      stage.clock.advance(RETRY);
      await stage.says("up.conf: 2 servers (slots 1, 2), nginx reloaded");
      assert.deepEqual(stage.asked, ["test", "reload"]);
    });
  }

  test("comes back to what nginx has last read, though there was a failure between", async (t) => {
    const stage = new Stage(t, textOf([1]));
    stage.answers.reload = "no such process";
    stage.served(1, 2);
    await stage.says("up.conf: written, but nginx was not reloaded: no such process");
    stage.answers.test = "oh";
    stage.clock.advance(GAP);
    stage.served(1, 2, 3);
    await stage.says("up.conf: taken back, since nginx does not take its configuration: oh");
    assert.equal(stage.text(), textOf([1]));
  });

  test("says the same complaint once", async (t) => {
    const stage = new Stage(t, textOf([1]));
    stage.answers.check = "oh";
    stage.served(1, 2);
    await stage.says("up.conf: not written, since nginx does not take it: oh");
    stage.clock.advance(RETRY);
    await until(() => stage.asked.length === 2, "another try");
    stage.answers.check = null;
    await until(() => stage.clock.waiting > 0, "the next try to wait");
    stage.clock.advance(RETRY);
    await until(() => stage.said.length > 0, "its success");
    assert.deepEqual(stage.said, ["up.conf: 2 servers (slots 1, 2), nginx reloaded"]);
  });

  test("ends when what is under way has", async (t) => {
    const stage = new Stage(t, textOf([1]));
    stage.served(1, 2);
    await stage.sync.end();
    assert.deepEqual(stage.asked, ["check", "test", "reload"]);
    stage.served(1, 2, 3);
    stage.clock.advance(RETRY);
    await new Promise(setImmediate);
    assert.equal(stage.text(), textOf([1, 2]));
  });
});
