import assert from "node:assert/strict";
import { once } from "node:events";
import { closeSync, existsSync, openSync } from "node:fs";
import { connect, createServer, type AddressInfo } from "node:net";
import { join } from "node:path";
import { suite, test, type TestContext } from "node:test";
import { request } from "../support/client.ts";
import { launch, runCli, type Drover, type DroverOptions } from "../support/drover.ts";
import { app, freePort, steadyPort, temporaryFolder } from "../support/fixture.ts";
import { holdSocket, holdStream, passing, type HeldSocket } from "../support/held-sockets.ts";
import { describe, startLoad } from "../support/load.ts";
import { answeredBy } from "../support/per-slot.ts";
import { overHttp, rollCall, type Ask } from "../support/roll-call.ts";
import { until } from "../support/wait.ts";

const EXPORTED = "forms/handler-default.js";
const OK = { code: 0, signal: null };

/** As a service would be started: without a word about addresses. */
async function startOn(
  t: TestContext,
  entry: string,
  sockets: readonly HeldSocket[],
  { env = {}, flags = [] }: DroverOptions = {},
): Promise<Drover> {
  const args = ["start", app(entry), "-w", "2", "--log-format", "json", ...flags];
  const drover = runCli(t, args, { env, passed: passing(...sockets) });
  await drover.log.event("ready");
  return drover;
}

async function bothAnswer(ask: Ask): Promise<void> {
  const heard = await rollCall(ask, 2);
  assert.deepEqual(
    heard.map((who) => who.slot),
    [1, 2],
  );
}

suite("on a socket that systemd passes", () => {
  for (const [what, entry] of [
    ["an exported app", EXPORTED],
    ["an app that listens by itself", "http.js"],
  ] as const) {
    for (const [where, host] of [
      ["on all addresses", "::"],
      ["on all IPv4 addresses", "0.0.0.0"],
      ["on one address", "127.0.0.1"],
    ] as const) {
      test(`${where} ${what} serves from every worker`, async (t) => {
        const socket = await holdSocket(t, host);
        const drover = await startOn(t, entry, [socket]);
        await bothAnswer(overHttp({ port: socket.port }));
        const { value } = (await overHttp({ port: socket.port }, "/env?name=PORT")()) as unknown as { value: string };
        assert.equal(value, String(socket.port));
        assert.deepEqual(drover.log.events("socket-unused"), []);
      });
    }

    test(`a unix one, ${what} serves from every worker, and the file outlives Drover`, async (t) => {
      const path = join(temporaryFolder(t), "web of us.sock");
      const drover = await startOn(t, entry, [await holdSocket(t, path)]);
      await bothAnswer(overHttp({ path }));
      assert.deepEqual(await drover.stop(), OK);
      assert.ok(existsSync(path));
    });
  }

  test("an app that asks for that port by itself gets it, and so does each of several servers", async (t) => {
    const sockets = [await holdSocket(t, "::", "public"), await holdSocket(t, "127.0.0.1", "admin")] as const;
    const [open, own] = sockets;
    const env = { PORT: String(open.port), ADMIN_PORT: String(own.port) };
    const drover = await startOn(t, "sockets/two-listeners.js", sockets, { env });
    await drover.log.find("both listeners", () => drover.log.events("listening").length === 2);
    for (const { port } of sockets) await bothAnswer(overHttp({ port }));
  });

  test("an app listens again after it has closed its server", async (t) => {
    const socket = await holdSocket(t, "::");
    await startOn(t, "sockets/close-then-listen.js", [socket]);
    await bothAnswer(overHttp({ port: socket.port }));
  });

  test("each worker listens on its own, where they count up", async (t) => {
    const port = await steadyPort(2);
    const sockets = [await holdStream(t, String(port), "web"), await holdStream(t, String(port + 1), "web")];
    const drover = await startOn(t, EXPORTED, sockets, { flags: ["--per-slot"] });
    await answeredBy([{ port }, { port: port + 1 }], [1, 2]);
    assert.deepEqual(drover.log.events("socket-unused"), []);
    assert.deepEqual(await drover.verb("scale", "1").then(({ code }) => code), 0);
    await answeredBy([{ port }, { port: port + 1 }], [1, 1]);
    assert.deepEqual(await drover.stop(), OK);
  });

  test("a reload serves on, with the socket for the new generation", async (t) => {
    const socket = await holdSocket(t, "::");
    const drover = await startOn(t, EXPORTED, [socket], { flags: ["--probation", "0"] });
    const before = new Set(drover.workers().values());
    drover.signal("SIGHUP");
    await drover.log.event("reloaded");
    const heard = await rollCall(overHttp({ port: socket.port }), 2);
    assert.deepEqual(
      heard.map((who) => [who.slot, before.has(who.pid)]),
      [
        [1, false],
        [2, false],
      ],
    );
  });

  test("no child of the app gets the socket or systemd's variables", async (t) => {
    const socket = await holdSocket(t, "::");
    const env = { WATCHDOG_USEC: "60000000" };
    await startOn(t, "sockets/child-of-app.js", [socket], { env });
    const { variables, sockets } = await overHttp({ port: socket.port })();
    assert.deepEqual([variables, sockets], [[], []]);
  });
});

suite("a passed socket", () => {
  test("that the app does not listen on is said to be unused", async (t) => {
    const sockets = [await holdSocket(t, "::"), await holdSocket(t, "127.0.0.1", "spare.socket")] as const;
    const drover = await startOn(t, "http.js", sockets);
    const line = await drover.log.event("socket-unused");
    assert.deepEqual([line["name"], line["address"]], ["spare.socket", `127.0.0.1:${sockets[1].port}`]);
    assert.equal(drover.log.events("socket-unused").length, 1);
  });

  test("for another process is left alone, and that is said", async (t) => {
    const socket = await holdSocket(t, "::");
    const env = { LISTEN_PID: "1" };
    const drover = launch(t, app(EXPORTED), { env, passed: passing(socket), port: await freePort() });
    const line = await drover.log.event("sockets-not-used");
    assert.match(line.msg ?? "", /to process 1, and this is process \d+.*without npm/);
    const ready = await drover.log.event("ready");
    assert.notEqual(Number(new URL(String(ready["url"])).port), socket.port);
  });

  test("that is nothing to accept on is left alone, and the others serve", async (t) => {
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    t.after(() => server.close());
    const client = connect((server.address() as AddressInfo).port, "127.0.0.1");
    t.after(() => client.destroy());
    await once(client, "connect");
    const file = openSync(process.execPath, "r");
    t.after(() => closeSync(file));
    const socket = await holdSocket(t, "127.0.0.1");
    const connection = (client as unknown as { _handle: { fd: number } })._handle.fd;
    const others = [
      { name: "file", fd: file, port: 0 },
      { name: "connection", fd: connection, port: 0 },
    ];
    const drover = await startOn(t, EXPORTED, [...others, socket]);
    await bothAnswer(overHttp({ port: socket.port }));
    assert.deepEqual(
      drover.log.events("sockets-not-used").map(({ msg }) => msg),
      [
        "descriptor 3 (file) is no stream socket: it is not used",
        "descriptor 4 (connection) is nothing to accept on: it is not used",
      ],
    );
  });

  test("for plain HTTP that is redirected is not one of the app's", async (t) => {
    const [secure, plain] = [await holdSocket(t, "::", "https"), await holdSocket(t, "::", "http")] as const;
    const flags = ["--tls", "dev", "--tls-redirect", String(plain.port)];
    const drover = await startOn(t, EXPORTED, [secure, plain], { flags });
    const { response } = await request({ port: plain.port });
    assert.deepEqual([response?.status, response?.headers.get("location")?.startsWith("https:")], [308, true]);
    assert.equal((await drover.log.event("ready"))["url"], `https://localhost:${secure.port}`);
    assert.deepEqual(drover.log.events("socket-unused"), []);
  });

  test("yields to a port that was named", async (t) => {
    const socket = await holdSocket(t, "::");
    const port = await freePort();
    const drover = await startOn(t, EXPORTED, [socket], { flags: ["-p", String(port)] });
    await bothAnswer(overHttp({ port }));
    await drover.log.event("socket-unused");
  });
});

suite("a service is started anew under load, and nobody is refused, on a socket that systemd holds", () => {
  for (const kind of ["TCP", "unix"] as const) {
    test(kind, async (t) => {
      const path = kind === "unix" ? join(temporaryFolder(t), "web.sock") : undefined;
      const socket = await holdSocket(t, path ?? "127.0.0.1");
      const target = path === undefined ? { port: socket.port } : { path };
      let drover = await startOn(t, EXPORTED, [socket]);
      const load = startLoad(t, target, { clients: 12 });
      for (let round = 1; round <= 2; round += 1) {
        const before = load.samples.length;
        await until(() => load.samples.length > before + 200, "the load to be under way");
        assert.deepEqual(await drover.stop(), OK);
        // With no worker anywhere a client waits in the queue.
        const waiting = request(target);
        drover = await startOn(t, EXPORTED, [socket]);
        assert.equal((await waiting).outcome, "ok");
      }
      await load.stop();
      assert.equal(describe(load.failures), "");
    });
  }
});
