import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { attackedSite } from "../support/attacked-site.ts";
import {
  AGAIN,
  END_STREAM,
  field,
  FRAME,
  frame,
  get,
  numbers,
  RawHttp2,
  requestFields,
  reset,
} from "../support/http2-frames.ts";
import { ask, openSession } from "../support/http2-session.ts";
import { LONG } from "../support/reliability.ts";
import { until, within } from "../support/wait.ts";

const ENHANCE_YOUR_CALM = 11;
const MAX_CONCURRENT = 3;
const MB = 1_000_000;
const FLOOD = 20_000;
const IDLE = LONG ? 1_000 : 200;

/** Sends pieces until the connection is cut, or there are none left. */
async function flood(client: RawHttp2, piece: (index: number) => Buffer, count = FLOOD): Promise<void> {
  for (let index = 0; index < count && !client.socket.destroyed; index += 1) {
    client.send(piece(index));
    if (index % 100 === 99) await client.sent();
  }
}

suite("an attack by HTTP/2", () => {
  test("of streams that are reset as soon as they are opened is cut, and the app has seen few of them", async (t) => {
    const { target, value, unhurt } = await attackedSite(t);
    const client = new RawHttp2(t, target).greet();
    await flood(client, (index) => Buffer.concat([get(2 * index + 1, "/slow"), reset(2 * index + 1)]));
    await within(client.closed, "the end of its connection");
    const seen = await value("/seen");
    // With what had arrived together with the one too many.
    assert.ok(seen <= FLOOD / 10, `the app has seen ${seen} of ${FLOOD}`);
    await unhurt();
  });

  test("is none where a browser leaves two pages whose requests are all under way", async (t) => {
    const { target, value, unhurt } = await attackedSite(t);
    const session = await openSession(t, `https://localhost:${target.port}`, { ca: target.ca });
    for (let page = 1; page <= 2; page += 1) {
      const streams = Array.from({ length: 100 }, () =>
        session.request({ ":path": "/slow" }).on("error", () => undefined),
      );
      await until(async () => (await value("/seen")) === 100 * page, "the requests to arrive");
      for (const stream of streams) stream.close(8);
      // What comes next begins with one request, for a page; and a proxy seldom has just as many new visitors.
      assert.equal((await ask(session)).status, 200);
    }
    await unhurt();
  });

  test("is none where a proxy's many visitors leave, over prior knowledge", async (t) => {
    const { target, value, unhurt } = await attackedSite(t, [], false);
    const session = await openSession(t, `http://localhost:${target.port}`);
    for (let round = 1; round <= 10; round += 1) {
      const streams = Array.from({ length: 100 }, () =>
        session.request({ ":path": "/slow" }).on("error", () => undefined),
      );
      await until(async () => (await value("/seen")) === 100 * round, "the requests to arrive");
      for (const stream of streams) stream.close(8);
      // What comes next begins with one request, for a page; and a proxy seldom has just as many new visitors.
      assert.equal((await ask(session)).status, 200);
    }
    await unhurt();
  });

  test("of more streams than are allowed at once: those beyond are refused", async (t) => {
    const { target, value, unhurt } = await attackedSite(t);
    const client = new RawHttp2(t, target).greet();
    client.send(...Array.from({ length: 600 }, (_, index) => get(2 * index + 1, "/slow")));
    await until(() => client.of(FRAME.reset).length >= 350 || client.socket.destroyed, "streams to be refused");
    const seen = await value("/seen");
    assert.ok(seen <= 250, `the app has seen ${seen}`);
    const [said] = client.of(FRAME.settings);
    assert.ok(said?.payload.includes(Buffer.concat([Buffer.of(0, MAX_CONCURRENT), numbers(250)])));
    await unhurt();
  });

  test("of headers that go on and on is cut", async (t) => {
    const { target, unhurt } = await attackedSite(t);
    const client = new RawHttp2(t, target).greet();
    client.send(frame(FRAME.headers, END_STREAM, 1, requestFields("/")));
    await flood(client, (index) => frame(FRAME.continuation, 0, 1, field(`x-${index}`, "y".repeat(1_000))));
    await within(client.closed, "the end of its connection");
    await unhurt();
  });

  test("of headers that never end is cut by their timeout, as is a client that says nothing", async (t) => {
    const { target, unhurt } = await attackedSite(t, ["--headers-timeout", "1s"]);
    const clients = [
      // A block of headers without an end; one that is half a frame; no settings; no preface.
      new RawHttp2(t, target).greet().send(frame(FRAME.headers, END_STREAM, 1, requestFields("/"))),
      new RawHttp2(t, target).greet().send(get(1, "/").subarray(0, 20)),
      new RawHttp2(t, target).send(Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")),
      new RawHttp2(t, target),
    ];
    for (const [index, client] of clients.entries()) await within(client.closed, `the end of connection ${index}`);
    await unhurt();
  });

  test("of headers that are small on the way and large in memory is refused", async (t) => {
    const { target, value, unhurt } = await attackedSite(t);
    const before = await value("/memory");
    const client = new RawHttp2(t, target).greet();
    const bomb = Buffer.concat([
      field("x-large", "y".repeat(3_900), true),
      ...Array.from({ length: 10_000 }, () => AGAIN),
    ]);
    await flood(client, (index) => get(2 * index + 1, "/", bomb), 50);
    await until(() => client.of(FRAME.reset).length >= 50 || client.socket.destroyed, "all to be refused");
    assert.equal(client.of(FRAME.headers).length, 0, "none was answered");
    const many = new RawHttp2(t, target).greet();
    many.send(get(1, "/", Buffer.concat(Array.from({ length: 1_000 }, (_, index) => field(`x-${index}`, "y")))));
    await until(() => many.of(FRAME.reset).length > 0 || many.socket.destroyed, "many fields to be refused");
    for (const one of many.of(FRAME.reset)) assert.equal(one.payload.readUInt32BE(), ENHANCE_YOUR_CALM);
    await until(async () => (await value("/memory")) < before + 20 * MB, "the memory to come back");
    await unhurt();
  });

  for (const [what, piece] of [
    ["SETTINGS", frame(FRAME.settings, 0, 0)],
    ["PING", frame(FRAME.ping, 0, 0, Buffer.alloc(8))],
  ] as const) {
    test(`of ${what} whose answers are not read is cut`, async (t) => {
      const { target, value, unhurt } = await attackedSite(t);
      const before = await value("/memory");
      const client = new RawHttp2(t, target).greet();
      await until(() => client.of(FRAME.settings).length > 0, "the greeting");
      client.socket.pause();
      const many = Buffer.concat(Array.from({ length: 1_000 }, () => piece));
      // So many that no buffer on the way holds the answers.
      await within(
        flood(client, () => many, 2_000),
        "the flood to end",
        60_000,
      );
      client.socket.resume();
      await within(client.closed, "the end of its connection");
      await until(async () => (await value("/memory")) < before + 20 * MB, "the memory to come back");
      await unhurt();
    });
  }

  test("of uploads that stall is answered 408", async (t) => {
    const { target, unhurt } = await attackedSite(t, ["--read-timeout", "1s"]);
    const session = await openSession(t, `https://localhost:${target.port}`, { ca: target.ca });
    const stream = session.request({ ":path": "/upload", ":method": "POST" }).on("error", () => undefined);
    stream.write("some");
    const status = await within(
      new Promise((resolve) => void stream.once("response", (headers) => resolve(headers[":status"]))),
      "an answer",
    );
    assert.equal(status, 408);
    assert.equal((await ask(session)).status, 200, "the session goes on");
    await unhurt();
  });

  test(`of ${IDLE} idle sessions: they are told to go, and cut where they do not`, async (t) => {
    const { drover, target, value, unhurt } = await attackedSite(t, ["--keep-alive-timeout", "2s"]);
    const before = await value("/memory");
    const clients: RawHttp2[] = [];
    for (let opened = 0; opened < IDLE; opened += 50) {
      const some = Array.from({ length: 50 }, () => new RawHttp2(t, target).greet());
      await Promise.all(
        some.map((client) => until(() => client.frames.length > 0 || client.socket.destroyed, "a greeting")),
      );
      clients.push(...some);
    }
    await Promise.all(clients.map(({ closed }) => within(closed, "the end of an idle session", 60_000)));
    assert.ok(
      clients.every((client) => client.of(FRAME.goaway).length > 0),
      "each was told",
    );
    await until(async () => (await value("/memory")) < before + 20 * MB, "the memory to come back");
    const status = await drover.verb("status", "--json");
    const { workers } = JSON.parse(status.stdout) as { readonly workers: readonly { readonly connections: number }[] };
    assert.ok((workers[0]?.connections ?? 0) < 10);
    await unhurt();
  });
});
