import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import net from "node:net";
import { constants, tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { bind, bindError, type SocketHandle } from "../../../src/primary/sockets/bind.ts";
import type { Address } from "../../../src/protocol/address.ts";

const tcp = (port: number): Address => ({ kind: "tcp", host: "127.0.0.1", port, family: 4, flags: 0, index: 0 });

async function listening(t: TestContext, where: number | string): Promise<net.Server> {
  const server = net.createServer();
  server.listen(typeof where === "number" ? { port: where, host: "127.0.0.1" } : { path: where });
  await once(server, "listening");
  t.after(() => server.close());
  return server;
}

function folder(t: TestContext): string {
  const path = mkdtempSync(join(tmpdir(), "drover-bind-"));
  t.after(() => rmSync(path, { recursive: true }));
  return path;
}

function assertBound(handle: SocketHandle | number): asserts handle is SocketHandle {
  assert.notEqual(typeof handle, "number", "it is bound");
}

test("a taken port is refused, never replaced by another", async (t) => {
  const server = await listening(t, 0);
  const { port } = server.address() as net.AddressInfo;
  assert.equal(await bind(tcp(port)), -constants.errno.EADDRINUSE);
});

test("the holder of a taken port is named with its pid and command", async (t) => {
  const server = await listening(t, 0);
  const { port } = server.address() as net.AddressInfo;
  const error = bindError(tcp(port), -constants.errno.EADDRINUSE);
  assert.equal(error.code, "ADDRESS_IN_USE");
  assert.match(error.message, new RegExp(`^127\\.0\\.0\\.1:${port} is in use by pid ${process.pid} \\(.*node`));
});

test("a socket file that nobody answers on is taken over", async (t) => {
  const path = join(folder(t), "stale.sock");
  const leaveBehind = `require("net").createServer().listen(${JSON.stringify(path)}, () => process.kill(process.pid, "SIGKILL"))`;
  spawnSync(process.execPath, ["-e", leaveBehind]);
  assert.ok(existsSync(path), "the killed process has left its file");
  const handle = await bind({ kind: "unix", path, mode: 0 });
  assertBound(handle);
  handle.close();
  assert.ok(!existsSync(path), "the file goes with the socket");
});

test("a socket file that somebody answers on is refused", async (t) => {
  const path = join(folder(t), "live.sock");
  await listening(t, path);
  assert.equal(await bind({ kind: "unix", path, mode: 0 }), -constants.errno.EADDRINUSE);
  assert.match(
    bindError({ kind: "unix", path, mode: 0 }, -constants.errno.EADDRINUSE).message,
    new RegExp(`by pid ${process.pid} `),
  );
});

test("a file that is no socket is left alone", async (t) => {
  const path = join(folder(t), "data.txt");
  writeFileSync(path, "precious");
  assert.equal(await bind({ kind: "unix", path, mode: 0 }), -constants.errno.EADDRINUSE);
  assert.ok(existsSync(path));
});

test("a socket that every user may use is one", async (t) => {
  const path = join(folder(t), "open.sock");
  const handle = await bind({ kind: "unix", path, mode: 3 });
  assertBound(handle);
  t.after(() => handle.close());
  assert.equal(statSync(path).mode & 0o666, 0o666);
});

const isRoot = process.geteuid?.() === 0;
test("a socket's file can be given away", { skip: !isRoot && "only root may" }, async (t) => {
  const path = join(folder(t), "theirs.sock");
  const handle = await bind({ kind: "unix", path, mode: 0 }, { mode: "0660", gid: 65_534 });
  assertBound(handle);
  t.after(() => handle.close());
  const { uid, gid, mode } = statSync(path);
  assert.deepEqual([uid, gid, mode & 0o777], [0, 65_534, 0o660]);
});

test("a socket whose file cannot be given away is none", { skip: isRoot && "root can" }, async (t) => {
  const path = join(folder(t), "mine.sock");
  assert.equal(await bind({ kind: "unix", path, mode: 0 }, { mode: null, uid: 0 }), -constants.errno.EPERM);
  assert.equal(existsSync(path), false);
});

test("a path too long for a socket is refused with its limit", async () => {
  const address: Address = { kind: "unix", path: `/tmp/${"x".repeat(120)}`, mode: 0 };
  const errno = await bind(address);
  assert.equal(typeof errno, "number");
  assert.match(bindError(address, errno as number).message, /longer than the 107 bytes/);
});

test("an address of another machine is refused with its reason", async () => {
  const address: Address = { ...tcp(0), host: "192.0.2.1" } as Address;
  const errno = await bind(address);
  assert.match(bindError(address, errno as number).message, /cannot listen on 192\.0\.2\.1:0: EADDRNOTAVAIL/);
});
