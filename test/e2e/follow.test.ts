import assert from "node:assert/strict";
import { join } from "node:path";
import { suite, test } from "node:test";
import { ask } from "../../src/control/client.ts";
import type { Served } from "../../src/protocol/control.ts";
import { request } from "../support/client.ts";
import { start, type Drover } from "../support/drover.ts";
import { app, temporaryFolder } from "../support/fixture.ts";
import { kill } from "../support/proc.ts";
import { until, within } from "../support/wait.ts";

const FLAGS = ["--name", "web", "--probation", "0s"];

/** One who follows until the app's end or its own. */
class Follower {
  readonly told: Served[] = [];
  readonly ended: Promise<string>;
  readonly #end = new AbortController();

  constructor({ home }: Drover) {
    const asking = { onServed: (served: Served) => void this.told.push(served), signal: this.#end.signal };
    this.ended = ask(join(home, "run", "web.sock"), { verb: "follow" }, asking).then(
      ({ text }) => text,
      (error: Error) => error.message,
    );
  }

  async hears(size: number, ...slots: readonly number[]): Promise<void> {
    const wanted = JSON.stringify({ size, slots });
    await until(() => this.told.some((served) => JSON.stringify(served) === wanted), `to be told ${wanted}`);
  }

  leave(): Promise<unknown> {
    this.#end.abort();
    return this.ended;
  }
}

suite("who follows an app", () => {
  test("is told at once which slots are served and then what changes, which deaths and reloads do not", async (t) => {
    const flags = [...FLAGS, "--listen", `unix:${temporaryFolder(t)}/web.sock`, "--per-slot"];
    const drover = await start(t, app("express5-export.js"), { flags });
    const follower = new Follower(drover);
    await follower.hears(2, 1, 2);
    kill(drover.workers().get(2) ?? -1, "SIGKILL");
    await drover.log.event("worker-died");
    assert.equal((await drover.verb("reload")).code, 0);
    assert.equal((await drover.verb("scale", "3")).code, 0);
    await follower.hears(3, 1, 2, 3);
    assert.equal((await drover.verb("scale", "1")).code, 0);
    await follower.hears(1, 1);
    await drover.stop();
    assert.equal(await within(follower.ended, "the end of it"), "the app has ended");
    assert.deepEqual(follower.told, [
      { size: 2, slots: [1, 2] },
      { size: 3, slots: [1, 2] },
      { size: 3, slots: [1, 2, 3] },
      { size: 1, slots: [1] },
      // It stops: what is listed stays.
      { size: 1, slots: [] },
    ]);
  });

  test("is told of no slots where all workers share an address", async (t) => {
    const drover = await start(t, app("express5-export.js"), { flags: FLAGS });
    const follower = new Follower(drover);
    await follower.hears(2);
    await follower.leave();
  });

  test("comes too late where the app stops", async (t) => {
    const drover = await start(t, app("http.js"), { flags: FLAGS });
    const slow = request({ port: drover.port }, { path: "/slow?ms=60000" });
    await until(async () => (await request({ port: drover.port })).response?.status === 200, "the app to answer");
    drover.signal("SIGTERM");
    await drover.log.event("stopping");
    assert.equal(await within(new Follower(drover).ended, "its refusal"), "the app is being stopped");
    drover.signal("SIGQUIT");
    await slow;
  });

  test("is one of 16 at most, so that verbs are still heard, and makes room when it goes", async (t) => {
    const drover = await start(t, app("express5-export.js"), { flags: FLAGS });
    const followers = Array.from({ length: 16 }, () => new Follower(drover));
    for (const follower of followers) await follower.hears(2);
    const refused = new Follower(drover);
    assert.match(await within(refused.ended, "its refusal"), /at most 16 followers/);
    assert.equal((await drover.verb("status", "web")).code, 0);
    await followers[0]?.leave();
    const isHeard = async (): Promise<boolean> => {
      const next = new Follower(drover);
      await Promise.race([next.hears(2), next.ended]);
      await next.leave();
      return next.told.length > 0;
    };
    await until(isHeard, "room for another");
    for (const follower of followers) await follower.leave();
  });
});
