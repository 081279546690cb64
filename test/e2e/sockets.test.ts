import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { once } from "node:events";
import { chmodSync, existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { networkInterfaces } from "node:os";
import { join } from "node:path";
import { suite, test, type TestContext } from "node:test";
import { promisify } from "node:util";
import { request, type Target } from "../support/client.ts";
import { launch, listeningPorts, start } from "../support/drover.ts";
import { app, freePort, temporaryFolder } from "../support/fixture.ts";
import { overHttp, rollCall, type Who } from "../support/roll-call.ts";
import { leaveStaleSocket } from "../support/stale-socket.ts";
import { until } from "../support/wait.ts";

const EXPORTED = "forms/handler-default.js";
const hasIPv6 = Object.values(networkInterfaces())
  .flat()
  .some((one) => one?.address === "::1");

async function bothAnswer(target: Target): Promise<Who[]> {
  const heard = await rollCall(overHttp(target), 2);
  assert.deepEqual(
    heard.map((who) => who.slot),
    [1, 2],
  );
  return heard;
}

/** Listens in this process, as a stranger would, until the test ends. */
async function occupy(t: TestContext, where: number | string): Promise<void> {
  const server = createServer().listen(where);
  await once(server, "listening");
  t.after(() => server.close());
}

suite("listens where it is told", () => {
  const families = [
    ["an exported app on IPv4 only", EXPORTED, "127.0.0.1"],
    ["an exported app on IPv6 only", EXPORTED, "::1"],
    ["an app that listens itself on IPv4 only", "http.js", "127.0.0.1"],
    ["an app that listens itself on IPv6 only", "http.js", "::1"],
  ] as const;
  for (const [title, entry, host] of families) {
    test(title, { skip: host === "::1" && !hasIPv6 && "this machine has no IPv6" }, async (t) => {
      const drover = await start(t, app(entry), { env: { HOST: host } });
      await bothAnswer({ host, port: drover.port });
      const other = host === "::1" ? "127.0.0.1" : "::1";
      assert.equal((await request({ host: other, port: drover.port })).outcome, "refused");
    });
  }

  for (const entry of [EXPORTED, "http.js"]) {
    test(`${entry} on all addresses of both families`, { skip: !hasIPv6 && "this machine has no IPv6" }, async (t) => {
      const drover = await start(t, app(entry));
      await bothAnswer({ host: "127.0.0.1", port: drover.port });
      await bothAnswer({ host: "::1", port: drover.port });
    });
  }

  test("one free port for all workers of an app that asks for port 0", async (t) => {
    const drover = await start(t, app("sockets/port-zero.js"));
    const heard = await bothAnswer({ port: drover.port });
    assert.deepEqual(
      heard.map((who) => who["port"]),
      [drover.port, drover.port],
    );
  });

  test("several servers of one app", async (t) => {
    const drover = await start(t, app("sockets/two-listeners.js"), { env: { ADMIN_PORT: "0" } });
    await drover.log.find("both listeners", () => listeningPorts(drover.log).length === 2);
    const ports = listeningPorts(drover.log);
    const said = new Set<unknown>();
    for (const port of ports) {
      const [first, second] = await bothAnswer({ port });
      assert.equal(first?.["server"], second?.["server"]);
      said.add(first?.["server"]);
    }
    assert.deepEqual(said, new Set(["public", "admin"]));
  });

  test("an exported app on several addresses", async (t) => {
    const path = join(temporaryFolder(t), "web.sock");
    const flags = ["--listen", "127.0.0.1:0", "--listen", `unix:${path}`];
    const drover = await start(t, app(EXPORTED), { flags });
    await bothAnswer({ port: drover.port });
    await bothAnswer({ path });
  });

  test("where the app insists, and says that it is not the port it was given", async (t) => {
    const [given, own] = [await freePort(), await freePort()];
    const drover = await start(t, app("sockets/elsewhere.js"), { port: given, env: { OWN_PORT: String(own) } });
    await bothAnswer({ port: own });
    assert.equal((await request({ port: given })).outcome, "refused");
    await drover.log.event("port-differs");
  });
});

suite("lets an app use its servers as in a single process", () => {
  test("refuses a second live listen on one address with EADDRINUSE", async (t) => {
    const drover = await start(t, app("sockets/second-listen.js"));
    await until(async () => {
      const heard = await bothAnswer({ port: drover.port });
      return heard.every((who) => who["second"] !== "pending");
    }, "the second listen to fail");
    const heard = await bothAnswer({ port: drover.port });
    assert.deepEqual(
      heard.map((who) => who["second"]),
      ["EADDRINUSE", "EADDRINUSE"],
    );
  });

  test("listens again on an address it has closed", async (t) => {
    const drover = await start(t, app("sockets/close-then-listen.js"), { port: await freePort() });
    const heard = await bothAnswer({ port: drover.port });
    assert.deepEqual(
      heard.map((who) => who["rounds"]),
      [3, 3],
    );
  });

  test("finds the port free that it probes before it listens there", async (t) => {
    const port = await freePort();
    const drover = await start(t, app("sockets/port-probe.js"), { port });
    const heard = await bothAnswer({ port });
    assert.deepEqual(
      heard.map((who) => who["chosen"]),
      [port, port],
    );
    assert.equal(drover.port, port);
  });
});

suite("an app that exports and listens later", () => {
  test("is served once it listens, by default", async (t) => {
    const port = await freePort();
    const drover = await start(t, app("sockets/late-listen.js"), { port });
    await drover.log.event("serve-changed");
    await until(async () => {
      const heard = await rollCall(overHttp({ port }), 2);
      return heard.length === 2 && heard.every((who) => who["database"] === "open");
    }, "both workers to serve the app's own server");
  });

  test("is never served before it listens, with --serve listen", async (t) => {
    const port = await freePort();
    const drover = await start(t, app("sockets/late-listen.js"), { port, flags: ["--serve", "listen"] });
    const heard = await bothAnswer({ port });
    assert.deepEqual(
      heard.map((who) => who["database"]),
      ["open", "open"],
    );
    assert.deepEqual(drover.log.events("serve-changed"), []);
  });

  test("is served at once from its export, with --serve export", async (t) => {
    const flags = ["--serve", "export"];
    const env = { CONNECT_MS: "60000" };
    const drover = await start(t, app("sockets/late-listen.js"), { flags, env });
    const heard = await bothAnswer({ port: drover.port });
    assert.deepEqual(
      heard.map((who) => who["database"]),
      ["closed", "closed"],
    );
  });
});

suite("unix sockets", () => {
  const ways = [
    ["of an app that listens itself", "sockets/unix-path.js", (path: string) => ({ env: { SOCKET_PATH: path } })],
    ["of an exported app", EXPORTED, (path: string) => ({ flags: ["--listen", `unix:${path}`] })],
  ] as const;
  for (const [title, entry, options] of ways) {
    test(`${title} answer from all workers and are gone afterwards`, async (t) => {
      const path = join(temporaryFolder(t), "web.sock");
      const drover = await start(t, app(entry), options(path));
      await bothAnswer({ path });
      assert.deepEqual(await drover.stop(), { code: 0, signal: null });
      assert.equal(existsSync(path), false);
    });

    test(`${title} take over the file of a process that was killed`, async (t) => {
      const path = join(temporaryFolder(t), "web.sock");
      await leaveStaleSocket(path);
      await start(t, app(entry), options(path));
      await bothAnswer({ path });
    });

    test(`${title} are refused where somebody listens, whose socket stays`, async (t) => {
      const path = join(temporaryFolder(t), "web.sock");
      await occupy(t, path);
      const drover = launch(t, app(entry), options(path));
      assert.notEqual((await drover.exit).code, 0);
      assert.match(drover.log.tail(), /EADDRINUSE|in use/);
      assert.equal(existsSync(path), true);
    });
  }

  test("leave a file alone that is no socket", async (t) => {
    const path = join(temporaryFolder(t), "notes.txt");
    writeFileSync(path, "dear diary");
    const drover = launch(t, app(EXPORTED), { flags: ["--listen", `unix:${path}`] });
    assert.notEqual((await drover.exit).code, 0);
    assert.equal(readFileSync(path, "utf8"), "dear diary");
  });

  const asRoot = { skip: process.getuid?.() !== 0 && "only root may have workers of another user" };
  test("belong to the user and the group of the workers", asRoot, async (t) => {
    const folder = temporaryFolder(t);
    chmodSync(folder, 0o755);
    const path = join(folder, "web.sock");
    const flags = ["--listen", `unix:${path}`, "--socket-mode", "0660", "--user", "65534", "--group", "33"];
    const drover = await start(t, app(EXPORTED), { flags, env: { STATE_DIRECTORY: folder } });
    const { uid, gid, mode } = statSync(path);
    assert.deepEqual([uid, gid, mode & 0o777], [65_534, 33, 0o660]);
    // As a proxy of that group, and as a stranger.
    assert.deepEqual([await connectAs(path, 4242, 33), await connectAs(path, 4242, 4242)], ["connect", "EACCES"]);
    assert.deepEqual(await drover.stop(), { code: 0, signal: null });
    assert.equal(existsSync(path), false);
  });
});

/** What becomes of a connection by another user. */
async function connectAs(path: string, uid: number, gid: number): Promise<string> {
  const script = `const socket = require("node:net").connect(${JSON.stringify(path)});
    const say = (word) => { console.log(word); socket.destroy(); };
    socket.on("connect", () => say("connect")).on("error", ({ code }) => say(code));`;
  const { stdout } = await promisify(execFile)(process.execPath, ["-e", script], { uid, gid, cwd: "/" });
  return stdout.trim();
}

suite("a taken address", () => {
  test("is an error that names its holder, before any worker starts", async (t) => {
    const port = await freePort();
    await occupy(t, port);
    const drover = launch(t, app(EXPORTED), { port });
    assert.deepEqual(await drover.exit, { code: 1, signal: null });
    const said = drover.log.tail();
    assert.match(said, new RegExp(`\\b${port}\\b.*in use`));
    assert.match(said, new RegExp(`\\b${process.pid}\\b`));
    assert.ok(said.includes("node"), "the holder's command is named");
    assert.deepEqual(drover.log.events("worker-started"), []);
  });

  test("reaches the app as the error of its own listen, when only the app knows it", async (t) => {
    const port = await freePort();
    await occupy(t, port);
    const drover = launch(t, app("sockets/own-listen-error.js"), { env: { OWN_PORT: String(port) } });
    assert.deepEqual(await drover.exit, { code: 3, signal: null });
    await drover.log.find("the app's own words", (line) => line.msg === "listen failed: EADDRINUSE");
  });
});

function closedFolder(t: TestContext): string {
  const folder = temporaryFolder(t);
  chmodSync(folder, 0o555);
  return folder;
}

suite("a folder this user may not write in", () => {
  const NOBODY = 65_534;
  // Root may write everywhere, so the command runs as somebody else then.
  const user = process.getuid?.() === 0 ? { uid: NOBODY } : {};

  test("is an error before any worker starts, when the socket is named by a flag", async (t) => {
    const path = join(closedFolder(t), "web.sock");
    const drover = launch(t, app(EXPORTED), { flags: ["--listen", `unix:${path}`], ...user });
    assert.deepEqual(await drover.exit, { code: 1, signal: null });
    assert.match(drover.log.tail(), new RegExp(`may not listen on .*${path}`));
    assert.deepEqual(drover.log.events("worker-started"), []);
  });

  test("reaches the app as EACCES of its own listen, when only the app knows it", async (t) => {
    const env = { SOCKET_PATH: join(closedFolder(t), "web.sock") };
    const drover = launch(t, app("sockets/own-listen-error.js"), { env, ...user });
    assert.deepEqual(await drover.exit, { code: 3, signal: null });
    await drover.log.find("the app's own words", (line) => line.msg === "listen failed: EACCES");
  });
});
