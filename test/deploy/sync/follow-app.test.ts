import assert from "node:assert/strict";
import { once } from "node:events";
import { suite, test, type TestContext } from "node:test";
import type { Handle } from "../../../src/control/connection.ts";
import { followApp } from "../../../src/deploy/sync/follow-app.ts";
import { AppError } from "../../../src/errors.ts";
import type { Served } from "../../../src/protocol/control.ts";
import { play, socketFor } from "../../support/control.ts";
import { until, within } from "../../support/wait.ts";

const TWO: Served = { size: 2, slots: [1, 2] };

/** Tells this, then waits for its follower to go. */
function telling(served: unknown): Handle {
  return async (_, tell, gone) => {
    tell(served as Served);
    await once(gone, "abort");
    return { verb: "follow", text: "the app has ended" };
  };
}

/** What a follower of this socket hears, as words, until the test's end. */
function follow(t: TestContext, socket: string): readonly string[] {
  const end = new AbortController();
  const heard: string[] = [];
  const followed = followApp({
    socket,
    onServed: ({ slots }, isFirst) => void heard.push(`${isFirst ? "first " : ""}${slots.join(" ")}`),
    onLost: (why) => void heard.push(why ?? "does not run"),
    signal: end.signal,
  });
  t.after(async () => {
    end.abort();
    await within(followed, "its end");
  });
  return heard;
}

suite("following an app", () => {
  test("waits for one that does not run, and says so once each time", async (t) => {
    const socket = await socketFor(t);
    const heard = follow(t, socket);
    await until(() => heard.length === 1, "it to be missed");
    const first = await play(t, socket, async (_, tell) => {
      tell(TWO);
      tell({ size: 1, slots: [1] });
      return { verb: "follow", text: "the app has ended" };
    });
    await until(() => heard.includes("1"), "it to be followed");
    await first.close();
    await play(t, socket, telling({ size: 3, slots: [1, 2, 3] }));
    await until(() => heard.includes("first 1 2 3"), "the next one to be followed");
    const order = heard.filter((words, index) => words !== heard[index - 1]);
    assert.deepEqual(order.slice(0, 4), ["does not run", "first 1 2", "1", "does not run"]);
  });

  test("takes one that stops for one that does not run", async (t) => {
    const socket = await socketFor(t);
    let asked = 0;
    await play(t, socket, () => {
      asked += 1;
      throw new AppError("STOPPING", "the app is being stopped");
    });
    const heard = follow(t, socket);
    await until(() => asked > 2, "it to ask again");
    assert.deepEqual(heard, ["does not run"]);
  });

  test("says once why one cannot be followed", async (t) => {
    const socket = await socketFor(t);
    let asked = 0;
    await play(t, socket, () => {
      asked += 1;
      throw new AppError("CONTROL_FAILED", "too many");
    });
    const heard = follow(t, socket);
    await until(() => asked > 2, "it to ask again");
    assert.deepEqual(heard, ["too many"]);
  });

  test("says it in one line of characters that can be seen, and not at any length", async (t) => {
    const socket = await socketFor(t);
    await play(t, socket, () => {
      throw new AppError("CONTROL_FAILED", `oh\n<0>kernel: \u001B[2Jdead\u009B1m ${"x".repeat(5000)}`);
    });
    const heard = follow(t, socket);
    await until(() => heard.length > 0, "a word of it");
    assert.match(heard[0] ?? "", /^oh <0>kernel: {2}\[2Jdead 1m x+$/);
    assert.equal(heard[0]?.length, 300);
  });

  const lies: readonly unknown[] = [
    { size: 1, slots: ["1; } evil {"] },
    { size: 1, slots: [0] },
    { size: 1, slots: [1.5] },
    { size: 1, slots: [5000] },
    { size: 2, slots: [2, 1] },
    { size: 2, slots: [1, 1] },
    { size: 1, slots: "1" },
    { size: "1", slots: [1] },
  ];
  for (const lie of lies) {
    test(`believes no ${JSON.stringify(lie)}`, async (t) => {
      const socket = await socketFor(t);
      await play(t, socket, telling(lie));
      const heard = follow(t, socket);
      await until(() => heard.length > 0, "a word of it");
      assert.deepEqual(heard, ["expected rising slots from 1 to 1024 of the app, got something else"]);
    });
  }
});
