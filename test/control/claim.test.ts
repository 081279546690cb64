import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, renameSync, rmSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { suite, test, type TestContext } from "node:test";
import { ask, askStatus } from "../../src/control/client.ts";
import type { Handle } from "../../src/control/connection.ts";
import { openControl, type ControlServer } from "../../src/control/server.ts";
import { AppError } from "../../src/errors.ts";
import { play, snapshot, socketFor } from "../support/control.ts";
import { leaveStaleSocket } from "../support/stale-socket.ts";

function saying(pid: number): Handle {
  return () => Promise.resolve({ verb: "status", text: "", snapshot: snapshot({ pid }) });
}

suite("a second app of the same name", () => {
  test("is refused with the pid of the first, which serves on", async (t) => {
    const path = await socketFor(t, "shop");
    await play(t, path, saying(77));
    await assert.rejects(openControl(path, saying(78)), (error) => {
      assert.ok(error instanceof AppError);
      assert.deepEqual([error.code, error.exitCode], ["ALREADY_RUNNING", 1]);
      assert.match(error.message, /"shop" .*pid 77/);
      assert.match(error.hint ?? "", /--name.*drover stop shop/);
      return true;
    });
    assert.equal((await askStatus(path, 10_000)).pid, 77);
    assert.deepEqual(readdirSync(dirname(path)), [basename(path)]);
  });

  test("is refused without a pid when the first does not understand us", async (t) => {
    const path = await socketFor(t, "shop");
    await play(t, path, () => Promise.reject(new Error("no")));
    await assert.rejects(openControl(path, saying(78)), { code: "ALREADY_RUNNING", message: /got one$/ });
  });

  test("starts when the first has closed", async (t) => {
    const path = await socketFor(t);
    const first = await play(t, path, saying(77));
    await first.close();
    await play(t, path, saying(78));
    assert.equal((await askStatus(path, 10_000)).pid, 78);
  });
});

suite("a socket", () => {
  test("whose process was killed is replaced", async (t) => {
    const path = await socketFor(t);
    await leaveStaleSocket(path);
    await play(t, path, saying(1));
    assert.equal((await askStatus(path, 10_000)).pid, 1);
    assert.deepEqual(readdirSync(dirname(path)), [basename(path)]);
  });

  test("that has a successor is not removed by its predecessor's close", async (t) => {
    const path = await socketFor(t);
    const first = await play(t, path, saying(1));
    rmSync(path);
    await play(t, path, saying(2));
    await first.close();
    assert.equal((await askStatus(path, 10_000)).pid, 2);
  });

  test("and the claim of a starter that was killed on its way stop nobody", async (t) => {
    const path = await socketFor(t);
    // The claim's prefix is what another starter of that name shows; it is read off one on its way.
    const claims = new Set<string>();
    const starters = Array.from({ length: 8 }, () => openControl(path, saying(1)).catch(() => null));
    const watching = (async () => {
      while (claims.size === 0) {
        for (const file of readdirSync(dirname(path))) if (file.startsWith("~")) claims.add(file);
        await new Promise(setImmediate);
      }
    })();
    const opened = (await Promise.all(starters)).filter((server) => server !== null);
    await watching;
    for (const server of opened) await server.close();

    const [claim = ""] = claims;
    const dead = join(dirname(path), claim.slice(0, -6) + "000000");
    await leaveStaleSocket(join(dirname(path), "dead"));
    renameSync(join(dirname(path), "dead"), dead);
    await play(t, path, saying(2));
    assert.deepEqual(readdirSync(dirname(path)), [basename(path)]);
  });
});

interface Outcome {
  readonly open: readonly ControlServer[];
  readonly codes: readonly string[];
}

async function startTogether(path: string, count: number): Promise<Outcome> {
  const starts = Array.from({ length: count }, (_, index) => openControl(path, saying(index)));
  const settled = await Promise.allSettled(starts);
  const open = settled.flatMap((one) => (one.status === "fulfilled" ? [one.value] : []));
  const codes = settled.flatMap((one) => (one.status === "rejected" ? [String(one.reason.code)] : []));
  return { open, codes };
}

suite("of several that start together", () => {
  for (const stale of [false, true]) {
    test(`exactly one does, ${stale ? "beside a dead socket" : "with nothing there"}`, async (t) => {
      for (let round = 0; round < 15; round += 1) {
        const path = await socketFor(t, `web${round}`);
        if (stale) await leaveStaleSocket(path);
        const { open, codes } = await startTogether(path, 4);
        for (const server of open) t.after(() => server.close());
        assert.deepEqual([open.length, codes], [1, ["ALREADY_RUNNING", "ALREADY_RUNNING", "ALREADY_RUNNING"]]);
        assert.equal((await ask(path, { verb: "status" })).verb, "status");
        assert.deepEqual(readdirSync(dirname(path)), [basename(path)]);
      }
    });

    test(`exactly one does, in processes of their own, ${stale ? "beside a dead socket" : "with nothing there"}`, async (t) => {
      const path = await socketFor(t);
      if (stale) await leaveStaleSocket(path);
      const outcomes = await Promise.all(Array.from({ length: 4 }, () => starter(t, path)));
      assert.deepEqual(outcomes.toSorted(), ["ALREADY_RUNNING", "ALREADY_RUNNING", "ALREADY_RUNNING", "open"]);
      assert.equal((await askStatus(path, 10_000)).name, "web");
    });
  }
});

const PROGRAM = `
  const { openControl } = await import(process.argv[1]);
  const snapshot = JSON.parse(process.argv[3]);
  process.stdin.resume();
  try {
    await openControl(process.argv[2], async () => ({ verb: "status", text: "", snapshot }));
    console.log("open");
  } catch (error) {
    console.log(error.code);
    process.exit();
  }
  process.stdin.on("end", () => process.exit());
`;

/** A process that starts under that name and says how it went. It ends with its stdin, at the latest with us. */
async function starter(t: TestContext, path: string): Promise<string> {
  const server = new URL("../../src/control/server.ts", import.meta.url).href;
  const args = ["--input-type=module", "-e", PROGRAM, server, path, JSON.stringify(snapshot())];
  const child = spawn(process.execPath, args, { stdio: ["pipe", "pipe", "inherit"] });
  const ended = once(child, "exit");
  t.after(async () => {
    child.stdin.end();
    await ended;
  });
  const [line] = await once(createInterface({ input: child.stdout }), "line");
  return String(line);
}
