import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type IncomingMessage, type Server } from "node:http";
import { connect, createServer as createTcpServer, type AddressInfo, type Server as TcpServer } from "node:net";
import { join } from "node:path";
import { suite, test, type TestContext } from "node:test";
import { clientOf, TrustedProxies } from "../../../src/worker/traffic/trusted-proxies.ts";
import { temporaryFolder } from "../../support/fixture.ts";
import { within } from "../../support/wait.ts";

const FORGED = [
  "X-Forwarded-For: 6.6.6.6",
  "x-forwarded-for: 203.0.113.7",
  "Forwarded: for=6.6.6.6",
  "X-Forwarded-Proto: https, http",
  "X-Real-IP: 6.6.6.6",
  "X-Forwarded-Prefix: /shop",
];

/** What of it is believed. */
const BELIEVED: readonly (readonly [string, string])[] = [
  ["X-Forwarded-For", "203.0.113.7"],
  ["X-Forwarded-Proto", "http"],
  ["X-Real-IP", "203.0.113.7"],
  ["X-Forwarded-Prefix", "/shop"],
];

suite("what an app hears of the way of a request", () => {
  for (const event of ["request", "checkContinue", "checkExpectation", "upgrade", "connect"]) {
    for (const trusted of ["loopback", "10.0.0.0/8"]) {
      test(`with ${event}, from a peer where ${trusted} is trusted`, async (t) => {
        const server = createServer();
        const heard = once(server, event) as Promise<[IncomingMessage]>;
        await listen(t, server, trusted);
        speak(t, portOf(server), event);
        const [request] = await within(heard, event);
        const isTrusted = trusted === "loopback";
        agrees(request, isTrusted ? BELIEVED : []);
        assert.equal(clientOf(request), isTrusted ? "203.0.113.7" : "127.0.0.1");
        request.socket.destroy();
      });
    }
  }

  test("is said once: what the app adds before it emits the request itself stays", async (t) => {
    const server = createServer();
    server.on("checkContinue", (request: IncomingMessage, response) => {
      request.headers["x-forwarded-for"] = "its own";
      server.emit("request", request, response);
    });
    const heard = once(server, "request") as Promise<[IncomingMessage]>;
    await listen(t, server, "none");
    speak(t, portOf(server), "checkContinue");
    const [request] = await within(heard, "the request");
    assert.equal(request.headers["x-forwarded-for"], "its own");
    request.socket.destroy();
  });

  test("is the same where it decides about upgrades before there is an event", async (t) => {
    const asked = Promise.withResolvers<IncomingMessage>();
    const shouldUpgradeCallback = (request: IncomingMessage): boolean => (asked.resolve(request), false);
    const server = createServer({ shouldUpgradeCallback } as object, (_request, response) => response.end());
    await listen(t, server, "none");
    speak(t, portOf(server), "upgrade");
    agrees(await within(asked.promise, "the question"), []);
  });

  test("is nothing for a client that calls its HTTP/1 another version", async (t) => {
    const server = createServer();
    const heard = once(server, "request") as Promise<[IncomingMessage]>;
    await listen(t, server, "none");
    send(t, portOf(server), ["GET / HTTP/2.0", "Host: a", ...FORGED]);
    const [request] = await within(heard, "the request");
    agrees(request, []);
    request.socket.destroy();
  });

  test("names IPv4 addresses on a listener for both families as trusted", async (t) => {
    const server = createServer();
    const heard = once(server, "request") as Promise<[IncomingMessage]>;
    await listen(t, server, "127.0.0.0/8", { port: 0, host: "::" });
    speak(t, portOf(server), "request");
    const [request] = await within(heard, "the request");
    assert.equal(request.socket.remoteAddress, "::ffff:127.0.0.1");
    agrees(request, BELIEVED);
    request.socket.destroy();
  });

  test("on a unix socket: a peer is loopback, if that is trusted", async (t) => {
    for (const trusted of ["loopback", "127.0.0.1"]) {
      const server = createServer();
      const heard = once(server, "request") as Promise<[IncomingMessage]>;
      const path = join(temporaryFolder(t), "app.sock");
      await listen(t, server, trusted, { path });
      speak(t, path, "request");
      const [request] = await within(heard, "the request");
      const isTrusted = trusted === "loopback";
      agrees(request, isTrusted ? BELIEVED : []);
      assert.equal(request.socket.remoteAddress, isTrusted ? "127.0.0.1" : undefined);
      assert.equal(clientOf(request), isTrusted ? "203.0.113.7" : undefined);
      request.socket.destroy();
    }
  });

  test("a server that has listened on a unix socket before trusts no stranger for it", async (t) => {
    const server = createServer((_request, response) => response.end());
    const proxies = new TrustedProxies(["loopback", "10.0.0.0/8"]);
    server.listen(join(temporaryFolder(t), "app.sock"));
    await once(server, "listening");
    proxies.watch(server, server.address());
    server.close();
    await once(server, "close");
    server.listen({ port: 0, host: "127.0.0.1" });
    await once(server, "listening");
    t.after(() => close(server));
    proxies.watch(server, server.address());
    // As if its client had reset the connection, of which Node cannot say then where it came from.
    const door = createTcpServer((socket) => {
      Object.defineProperty(socket, "remoteAddress", { value: undefined });
      server.emit("connection", socket);
    }).listen(LOOPBACK);
    await once(door, "listening");
    t.after(() => door.close());
    const heard = once(server, "request") as Promise<[IncomingMessage]>;
    speak(t, portOf(door), "request");
    const [request] = await within(heard, "the request");
    agrees(request, []);
    assert.equal(clientOf(request), undefined);
    request.socket.destroy();
  });
});

/** `headers`, `headersDistinct` and `rawHeaders` say this, and nothing else, of its way. */
function agrees(request: IncomingMessage, said: readonly (readonly [string, string])[]): void {
  const byName = said.map(([name, value]) => [name.toLowerCase(), value] as const);
  assert.deepEqual(ofWay(request.headers), Object.fromEntries(byName));
  assert.deepEqual(ofWay(request.headersDistinct), Object.fromEntries(byName.map(([name, value]) => [name, [value]])));
  const raw = request.rawHeaders;
  const pairs = raw.flatMap((name, index) => (index % 2 === 0 ? [[name, raw[index + 1]]] : []));
  assert.deepEqual(
    pairs.filter(([name = ""]) => about(name)),
    said,
  );
  assert.equal(request.headers.host, "a");
}

function about(name: string): boolean {
  return /^(x-forwarded|forwarded|x-real-ip)/i.test(name);
}

function ofWay(fields: object): object {
  return Object.fromEntries(Object.entries(fields).filter(([name]) => about(name)));
}

async function listen(t: TestContext, server: Server, trusted: string, where: object = LOOPBACK): Promise<void> {
  server.listen(where);
  await once(server, "listening");
  t.after(() => close(server));
  new TrustedProxies(trusted === "none" ? [] : [trusted]).watch(server, server.address());
}

const LOOPBACK = { port: 0, host: "127.0.0.1" };

function close(server: Server): void {
  server.close();
  server.closeAllConnections();
}

function portOf(server: TcpServer): number {
  return (server.address() as AddressInfo).port;
}

const HEADS: Readonly<Record<string, readonly string[]>> = {
  request: ["GET / HTTP/1.1"],
  checkContinue: ["POST / HTTP/1.1", "Expect: 100-continue", "Content-Length: 1"],
  checkExpectation: ["POST / HTTP/1.1", "Expect: a miracle", "Content-Length: 1"],
  upgrade: ["GET / HTTP/1.1", "Connection: Upgrade", "Upgrade: websocket"],
  connect: ["CONNECT a:1 HTTP/1.1"],
};

/** Sends what makes Node emit that, with forged fields. */
function speak(t: TestContext, where: number | string, event: string): void {
  send(t, where, [...(HEADS[event] ?? []), "Host: a", ...FORGED]);
}

function send(t: TestContext, where: number | string, lines: readonly string[]): void {
  const target = typeof where === "number" ? { port: where, host: "127.0.0.1" } : { path: where };
  const socket = connect(target).on("error", () => undefined);
  t.after(() => socket.destroy());
  socket.write(`${lines.join("\r\n")}\r\n\r\n`);
}
