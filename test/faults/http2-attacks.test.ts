import assert from "node:assert/strict";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import type { ClientHttp2Session } from "node:http2";
import { join } from "node:path";
import { before, suite, test, type TestContext } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { createSelfSigned, type Certificate } from "../support/certificates.ts";
import type { Target } from "../support/client.ts";
import { start, type ReadyDrover } from "../support/drover.ts";
import { app, temporaryFolder } from "../support/fixture.ts";
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
const REFUSED_STREAM = 7;
const MAX_CONCURRENT = 3;
const INITIAL_WINDOW = 4;
const MB = 1_000_000;
const FLOOD = 20_000;
const IDLE = LONG ? 1_000 : 200;

/** Asks one thing after the other, and when it is told to go, asks again. */
class Visitor {
  readonly #open: () => Promise<ClientHttp2Session>;
  readonly #failed: unknown[] = [];
  readonly #visits: Promise<void>;
  #over = false;

  constructor(open: () => Promise<ClientHttp2Session>) {
    this.#open = open;
    this.#visits = this.#visit();
  }

  /** Answers what has failed. */
  async leave(): Promise<readonly unknown[]> {
    this.#over = true;
    await within(this.#visits, "the honest visitor");
    return this.#failed;
  }

  async #visit(): Promise<void> {
    let session = await this.#open();
    while (!this.#over) {
      if (session.closed || session.destroyed) session = await this.#open();
      const { status, reset: code } = await ask(session);
      if (status !== 200 && code !== REFUSED_STREAM) this.#failed.push({ status, code });
      await delay(20);
    }
    session.close();
  }
}

/** An app under attack, and an honest visitor of it. */
interface Site {
  readonly drover: ReadyDrover;
  readonly target: Target;
  /** What a path answers. */
  readonly value: (path: string) => Promise<number>;
  /** The attack is over: nobody else was hurt by it. */
  readonly unhurt: () => Promise<void>;
}

/** Takes 1 MB at some 100 KB a second. */
async function readSlowly(session: ClientHttp2Session): Promise<{ readonly status: number; readonly bytes: number }> {
  const stream = session.request({ ":path": "/big" });
  const [headers] = (await once(stream, "response")) as [{ readonly ":status": number }];
  let bytes = 0;
  for await (const part of stream) {
    bytes += (part as Buffer).length;
    await delay(100);
  }
  return { status: headers[":status"], bytes };
}

/** Sends pieces until the connection is cut, or there are none left. */
async function flood(client: RawHttp2, piece: (index: number) => Buffer, count = FLOOD): Promise<void> {
  for (let index = 0; index < count && !client.socket.destroyed; index += 1) {
    client.send(piece(index));
    if (index % 100 === 99) await client.sent();
  }
}

suite("an attack by HTTP/2", () => {
  let certificate: Certificate;
  before(async () => {
    certificate = await createSelfSigned({ names: ["localhost"] });
  });

  function flagsFor(t: TestContext, secure: boolean): readonly string[] {
    if (!secure) return ["--http2", "all"];
    const folder = temporaryFolder(t);
    const [cert, key] = [join(folder, "cert.pem"), join(folder, "key.pem")];
    writeFileSync(cert, certificate.cert);
    writeFileSync(key, certificate.key);
    return ["--tls-cert", cert, "--tls-key", key];
  }

  async function site(t: TestContext, flags: readonly string[] = [], secure = true): Promise<Site> {
    const more = [...flags, "--node-options=--expose-gc", ...flagsFor(t, secure)];
    const drover = await start(t, app("http2/target.js"), { workers: 1, flags: more });
    const pid = drover.workers().get(1);
    const ca = secure ? { ca: certificate.cert } : {};
    const url = `${secure ? "https" : "http"}://localhost:${drover.port}`;
    const visitor = new Visitor(() => openSession(t, url, ca));
    t.after(() => visitor.leave());
    const value = async (path: string): Promise<number> => {
      const own = await openSession(t, url, ca);
      const { body } = await ask(own, { ":path": path });
      own.close();
      const answer = JSON.parse(body) as { readonly pid: number; readonly value: number };
      assert.equal(answer.pid, pid, "the worker lives");
      return answer.value;
    };
    const unhurt = async (): Promise<void> => {
      assert.deepEqual(await visitor.leave(), [], "what other clients asked was answered");
      await value("/");
    };
    return { drover, target: { port: drover.port, ...ca }, value, unhurt };
  }

  test("of streams that are reset as soon as they are opened is cut, and the app has seen few of them", async (t) => {
    const { target, value, unhurt } = await site(t);
    const client = new RawHttp2(t, target).greet();
    await flood(client, (index) => Buffer.concat([get(2 * index + 1, "/slow"), reset(2 * index + 1)]));
    await within(client.closed, "the end of its connection");
    const seen = await value("/seen");
    // With what had arrived together with the one too many.
    assert.ok(seen <= FLOOD / 10, `the app has seen ${seen} of ${FLOOD}`);
    await unhurt();
  });

  test("is none where a browser leaves two pages whose requests are all under way", async (t) => {
    const { target, value, unhurt } = await site(t);
    const session = await openSession(t, `https://localhost:${target.port}`, { ca: certificate.cert });
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
    const { target, value, unhurt } = await site(t, [], false);
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
    const { target, value, unhurt } = await site(t);
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
    const { target, unhurt } = await site(t);
    const client = new RawHttp2(t, target).greet();
    client.send(frame(FRAME.headers, END_STREAM, 1, requestFields("/")));
    await flood(client, (index) => frame(FRAME.continuation, 0, 1, field(`x-${index}`, "y".repeat(1_000))));
    await within(client.closed, "the end of its connection");
    await unhurt();
  });

  test("of headers that never end is cut by their timeout, as is a client that says nothing", async (t) => {
    const { target, unhurt } = await site(t, ["--headers-timeout", "1s"]);
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
    const { target, value, unhurt } = await site(t);
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
      const { target, value, unhurt } = await site(t);
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

  test("of readers that never read a byte: their connections go", async (t) => {
    const { target, value, unhurt } = await site(t, ["--keep-alive-timeout", "2s"]);
    const before = await value("/memory");
    const client = new RawHttp2(t, target).greet([INITIAL_WINDOW, 2 ** 31 - 1]);
    await until(() => client.of(FRAME.settings).length > 0, "the greeting");
    client.socket.pause();
    const requests = Array.from({ length: 50 }, (_, index) => get(2 * index + 1, "/big"));
    client.send(frame(FRAME.windowUpdate, 0, 0, numbers(2 ** 30)), ...requests);
    await until(async () => (await value("/memory")) > before + 30 * MB, "the answers to wait");
    await until(async () => (await value("/memory")) < before + 20 * MB, "the memory to come back", 30_000);
    await unhurt();
  });

  test("of readers that never read: what waits for them goes", async (t) => {
    const { target, value, unhurt } = await site(t, ["--keep-alive-timeout", "2s"]);
    const before = await value("/memory");
    const clients = [1, 2].map(() => new RawHttp2(t, target).greet([INITIAL_WINDOW, 0]));
    for (const client of clients) {
      client.send(...Array.from({ length: 50 }, (_, index) => get(2 * index + 1, "/big")));
    }
    await until(async () => (await value("/memory")) > before + 40 * MB, "the answers to wait");
    await Promise.all(clients.map(({ closed }) => within(closed, "the end of their connections")));
    await until(async () => (await value("/memory")) < before + 20 * MB, "the memory to come back");
    await unhurt();
  });

  for (const [how, window, reads] of [
    ["with a closed window", 0, true],
    ["from connections nobody reads", 2 ** 31 - 1, false],
  ] as const) {
    test(`of many connections that each hold what one may, ${how}: what is too much goes, and slow readers stay`, async (t) => {
      const { drover, target, value, unhurt } = await site(t);
      const before = await value("/memory");
      const url = `https://localhost:${drover.port}`;
      const session = await openSession(t, url, { ca: certificate.cert, settings: { initialWindowSize: 16_384 } });
      const reader = readSlowly(session);
      const clients = [1, 2, 3, 4, 5].map(() => new RawHttp2(t, target).greet([INITIAL_WINDOW, window]));
      for (const client of clients) {
        await until(() => client.of(FRAME.settings).length > 0, "the greeting");
        client.send(frame(FRAME.windowUpdate, 0, 0, numbers(2 ** 30)));
        if (!reads) client.socket.pause();
        client.send(...Array.from({ length: 50 }, (_, index) => get(2 * index + 1, "/big")));
      }
      await until(async () => (await value("/memory")) > before + 180 * MB, "the answers to wait");
      await until(async () => (await value("/memory")) < before + 140 * MB, "the excess to go", 30_000);
      assert.deepEqual(await within(reader, "the slow reader", 60_000), { status: 200, bytes: MB });
      for (const { socket } of clients) socket.destroy();
      await unhurt();
    });
  }

  test("of uploads that stall is answered 408", async (t) => {
    const { target, unhurt } = await site(t, ["--read-timeout", "1s"]);
    const session = await openSession(t, `https://localhost:${target.port}`, { ca: certificate.cert });
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
    const { drover, target, value, unhurt } = await site(t, ["--keep-alive-timeout", "2s"]);
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
