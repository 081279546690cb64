import assert from "node:assert/strict";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { connect as connectHttp2, constants } from "node:http2";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { suite, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { promisify } from "node:util";
import { Connection, request } from "../support/client.ts";
import { launch, start } from "../support/drover.ts";
import { app, temporaryFolder } from "../support/fixture.ts";
import { describe, startLoad } from "../support/load.ts";
import { isAlive } from "../support/proc.ts";
import { overHttp } from "../support/roll-call.ts";
import { until } from "../support/wait.ts";

/** A terminal and npm may both deliver one keystroke: only what comes later is a second order. */
const LONGER_THAN_AN_ECHO_MS = 400;
const OK = { code: 0, signal: null };

function lines(file: string): string[] {
  return readFileSync(file, "utf8").trim().split("\n");
}

suite("TERM", () => {
  test("under load fails no accepted request, and calls the app's own handler once, after the drain", async (t) => {
    const record = join(temporaryFolder(t), "record");
    const env = { RECORD_FILE: record };
    const drover = await start(t, app("supervision/own-sigterm.js"), { env });
    const load = startLoad(t, { port: drover.port }, { clients: 16, path: "/slow?ms=20" });
    await until(() => load.samples.length > 300, "the load to be under way");
    assert.equal(describe(load.failures), "");

    const before = performance.now();
    assert.deepEqual(await drover.stop("SIGTERM"), OK);
    assert.ok(performance.now() - before < 10_000, "gone well within the drain timeout");
    await load.stop();

    // Refused after the stop is no failure. One client may have connected in the instant before the last socket closed.
    const failed = load.failures.filter((sample) => sample.answer.outcome !== "refused");
    const queued = failed.filter((sample) => sample.fresh && ["reset", "closed"].includes(sample.answer.outcome));
    assert.ok(failed.length <= 1 && queued.length === failed.length, describe(failed));

    const workers = new Set(drover.log.events("worker-started").map((line) => line.pid));
    const calls = lines(record).map((line) => line.split(" "));
    assert.deepEqual(new Set(calls.map(([, pid]) => Number(pid))), workers);
    assert.equal(calls.length, workers.size, "once in each worker");
    const answered = load.samples.filter((sample) => sample.answer.outcome === "ok").length;
    const counted = calls.reduce((sum, [, , count]) => sum + Number(count), 0);
    assert.ok(counted >= answered, `the handlers saw ${counted} answers, the clients ${answered}`);
    for (const [signal, , , outcome] of calls) assert.deepEqual([signal, outcome], ["SIGTERM", "closed"]);
    const stopped = await drover.log.event("stopped");
    assert.equal(stopped["killed"], 0);
  });

  test("lets a slow request and a streamed answer finish", async (t) => {
    const drover = await start(t, app("http.js"), { workers: 1 });
    const target = { port: drover.port };
    const slow = request(target, { path: "/slow?ms=1000" });
    const stream = request(target, { path: "/stream?parts=12&ms=100" });
    await overHttp(target)();
    assert.deepEqual(await drover.stop(), OK);
    assert.equal((await slow).response?.status, 200);
    assert.match((await stream).response?.body.toString() ?? "", /part 11\nend\n$/);
  });

  test("tells a keep-alive client to close, and closes an idle one after its grace", async (t) => {
    const drover = await start(t, app("http.js"), { workers: 1, flags: ["--idle-timeout", "1s"] });
    const [busy, idle] = [new Connection({ port: drover.port }), new Connection({ port: drover.port })];
    const first = await idle.request();
    assert.notEqual(first.response?.headers.get("connection"), "close");
    const late = busy.request({ path: "/slow?ms=500" });
    await overHttp({ port: drover.port })();
    drover.signal("SIGTERM");
    const answer = await late;
    assert.equal(answer.response?.status, 200);
    assert.equal(answer.response.headers.get("connection"), "close");
    await until(() => idle.ended, "the idle connection to be closed");
    assert.deepEqual(await drover.exit, OK);
    busy.close();
  });

  test("kills at the drain timeout what does not end", async (t) => {
    const drover = await start(t, app("http.js"), { workers: 1, flags: ["--drain-timeout", "500ms"] });
    const target = { port: drover.port };
    const endless = request(target, { path: "/slow?ms=60000" });
    await overHttp(target)();
    assert.deepEqual(await drover.stop(), OK);
    assert.notEqual((await endless).outcome, "ok");
    assert.equal((await drover.log.event("stopped"))["killed"], 1);
  });

  test("kills at the drain timeout a worker whose own handler stays", async (t) => {
    const drover = await start(t, app("supervision/stubborn.js"), { workers: 1, flags: ["--drain-timeout", "1s"] });
    assert.deepEqual(await drover.stop(), OK);
    assert.equal(drover.log.lines.filter((line) => line.msg === "SIGTERM heard, staying").length, 1);
  });
});

suite("TERM ends other protocols in good order:", () => {
  test("an HTTP/2 session is told to go away, and its open stream finishes", async (t) => {
    const drover = await start(t, app("h2c.js"), { workers: 1 });
    const session = connectHttp2(`http://127.0.0.1:${drover.port}`);
    t.after(() => session.destroy());
    await once(session, "connect");
    const goaway = once(session, "goaway");
    const stream = session.request({ ":path": "/slow?ms=800" }).setEncoding("utf8");
    const body = text(stream);
    const ping = promisify<Buffer, unknown>((payload, done) => session.ping(payload, done));
    // Answered after the request has arrived, which was sent before it.
    await ping(Buffer.alloc(8));
    assert.deepEqual(await drover.stop(), OK);
    assert.equal(JSON.parse(await body).slot, 1);
    assert.deepEqual((await goaway)[0], constants.NGHTTP2_NO_ERROR);
    assert.equal((await drover.log.event("stopped"))["killed"], 0);
  });

  test("a WebSocket is closed as going away (1001)", async (t) => {
    const drover = await start(t, app("sockets/websocket.js"), { workers: 1, flags: ["--drain-timeout", "3s"] });
    const socket = new WebSocket(`ws://127.0.0.1:${drover.port}`);
    t.after(() => socket.close());
    await once(socket, "open");
    socket.send("hello");
    const [message] = await once(socket, "message");
    assert.equal(message.data, "1 hello");
    const closed = once(socket, "close");
    assert.deepEqual(await drover.stop(), OK);
    const [event] = await closed;
    assert.equal(event.code, 1001);
    assert.equal((await drover.log.event("stopped"))["killed"], 0);
  });
});

suite("the end of a framework", () => {
  test("runs Fastify's onClose hooks of an exported instance once", async (t) => {
    const record = join(temporaryFolder(t), "record");
    const drover = await start(t, app("fastify-export.js"), { env: { RECORD_FILE: record } });
    const pids = [...drover.workers().values()];
    assert.deepEqual(await drover.stop(), OK);
    assert.deepEqual(lines(record).toSorted(), pids.map((pid) => `onClose ${pid}`).toSorted());
  });

  test("runs Nest's shutdown hooks once", async (t) => {
    const record = join(temporaryFolder(t), "record");
    const drover = await start(t, app("nest.js"), { env: { RECORD_FILE: record } });
    const pids = [...drover.workers().values()];
    assert.deepEqual(await drover.stop(), OK);
    assert.deepEqual(lines(record).toSorted(), pids.map((pid) => `shutdown SIGTERM ${pid}`).toSorted());
  });
});

suite("signals", () => {
  test("the first INT drains as TERM does, and the app's own handler runs once", async (t) => {
    const record = join(temporaryFolder(t), "record");
    const drover = await start(t, app("supervision/own-sigterm.js"), { workers: 1, env: { RECORD_FILE: record } });
    const slow = request({ port: drover.port }, { path: "/slow?ms=700" });
    await overHttp({ port: drover.port })();
    assert.deepEqual(await drover.stop("SIGINT"), OK);
    assert.equal((await slow).response?.status, 200);
    assert.equal(lines(record).length, 1);
  });

  for (const [first, second] of [
    ["SIGTERM", "SIGTERM"],
    ["SIGINT", "SIGINT"],
  ] as const) {
    test(`a second ${second} stops at once`, async (t) => {
      const drover = await start(t, app("http.js"));
      const pids = [...drover.workers().values()];
      void request({ port: drover.port }, { path: "/slow?ms=60000" });
      await overHttp({ port: drover.port })();
      drover.signal(first);
      await drover.log.event("stopping");
      await delay(LONGER_THAN_AN_ECHO_MS);
      const before = performance.now();
      await drover.stop(second);
      assert.ok(performance.now() - before < 10_000, "the request in flight is not waited for");
      assert.deepEqual(pids.filter(isAlive), []);
    });
  }

  test("an INT that npm passes on a second time is not a second order", async (t) => {
    const drover = await start(t, app("http.js"), { workers: 1 });
    const slow = request({ port: drover.port }, { path: "/slow?ms=700" });
    await overHttp({ port: drover.port })();
    drover.signal("SIGINT");
    await drover.log.event("stopping");
    assert.deepEqual(await drover.stop("SIGINT"), OK);
    assert.equal((await slow).response?.status, 200);
  });

  test("QUIT stops at once", async (t) => {
    const drover = await start(t, app("http.js"), { workers: 1 });
    void request({ port: drover.port }, { path: "/slow?ms=60000" });
    await overHttp({ port: drover.port })();
    const before = performance.now();
    await drover.stop("SIGQUIT");
    assert.ok(performance.now() - before < 10_000);
  });

  test("TERM while the app still boots ends it, too", async (t) => {
    const drover = launch(t, app("supervision/boot-hangs.js"), { workers: 1, flags: ["--drain-timeout", "1s"] });
    await drover.log.find("the app's first line", (line) => line.msg === "connecting");
    await drover.stop("SIGTERM");
  });

  test("TERM of a single worker has it drained and replaced", async (t) => {
    const drover = await start(t, app("http.js"), { workers: 1 });
    const target = { port: drover.port };
    const victim = drover.workers().get(1) ?? 0;
    const slow = request(target, { path: "/slow?ms=1000" });
    await overHttp(target)();
    process.kill(victim, "SIGTERM");
    const next = await drover.log.event("worker-ready", (line) => line.pid !== victim);
    assert.equal((await overHttp(target)()).pid, next.pid);
    assert.equal((await slow).response?.status, 200);
  });
});
