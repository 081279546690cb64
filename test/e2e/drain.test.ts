import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { suite, test, type TestContext } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { Connection, request } from "../support/client.ts";
import { start, type ReadyDrover } from "../support/drover.ts";
import { app } from "../support/fixture.ts";
import type { LogLine } from "../support/log-reader.ts";
import { BOUND_MS } from "../support/wait.ts";
import { Wire } from "../support/wire.ts";

const OK = { code: 0, signal: null };
const UPGRADE = ["Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: 1234"];
/** A frame of the relay fixture: 4 bytes of header, 126 of payload. */
const FRAME = 130;

interface Order {
  readonly name: string;
  readonly closeCode: number;
  /** Gives it and answers its ledger. */
  readonly give: (drover: ReadyDrover) => Promise<LogLine>;
}

function reload(drover: ReadyDrover): Promise<LogLine> {
  drover.signal("SIGHUP");
  return drover.log.event("reloaded");
}

/** Both ways to leave: nobody takes over, another worker does. */
const orders: readonly Order[] = [
  {
    name: "a stop",
    closeCode: 1001,
    give: async (drover) => {
      assert.deepEqual(await drover.stop(), OK);
      return drover.log.event("stopped");
    },
  },
  {
    name: "a reload",
    closeCode: 1012,
    give: reload,
  },
];

function site(t: TestContext, ...flags: readonly string[]): Promise<ReadyDrover> {
  return start(t, app("drain/site.js"), { workers: 1, flags: ["--probation", "0", ...flags] });
}

/** A request that has reached the app: what was sent before it has, too. */
async function settled({ port }: ReadyDrover): Promise<void> {
  assert.equal((await request({ port })).response?.status, 200);
}

function ledger({ finished, cut, webSockets, eventStreams }: LogLine): object {
  return { finished, cut, webSockets, eventStreams };
}

for (const { name, closeCode, give } of orders) {
  suite(`at ${name}`, () => {
    test(`every WebSocket gets ${closeCode}`, async (t) => {
      const drover = await site(t);
      const sockets = Array.from({ length: 20 }, () => new WebSocket(`ws://127.0.0.1:${drover.port}/echo`));
      const codes = sockets.map(async (socket) => ((await once(socket, "close"))[0] as CloseEvent).code);
      for (const socket of sockets) await once(socket, "open");
      assert.deepEqual(ledger(await give(drover)), { finished: 0, cut: 0, webSockets: 20, eventStreams: 0 });
      assert.deepEqual(new Set(await Promise.all(codes)), new Set([closeCode]));
    });

    test("a WebSocket's close frame comes between two frames, though no write ends where a frame does, and nothing after it", async (t) => {
      const drover = await site(t);
      const wire = new Wire(t, drover.port).ask("/relay", ...UPGRADE);
      await wire.heard(5000);
      const given = give(drover);
      const goodbye = `\x88\x02${String.fromCharCode(closeCode >> 8, closeCode & 0xff)}`;
      const frames = (await wire.heard(`${goodbye}$`)).split("\r\n\r\n")[1] ?? "";
      assert.equal((frames.length - goodbye.length) % FRAME, 0);
      for (let at = 0; at < frames.length - goodbye.length; at += FRAME)
        assert.equal(frames.slice(at, at + 5), "\x82\x7e\x00\x7e\xff");
      // It does not answer, so the worker ends it; until then the app writes on.
      assert.equal(await wire.ended(), "closed");
      assert.equal(wire.text.endsWith(`\r\n\r\n${frames}`), true);
      assert.deepEqual(ledger(await given), { finished: 0, cut: 0, webSockets: 1, eventStreams: 0 });
    });

    for (const path of ["/events", "/events/written"]) {
      test(`the event stream ${path} ends in good order, and the app may write on`, async (t) => {
        const drover = await site(t);
        const wire = new Wire(t, drover.port).ask(path);
        await wire.heard("data: ");
        // It holds the drain up, so that the worker outlives the stream.
        const slow = request({ port: drover.port }, { path: "/slow?ms=2800" });
        const given = give(drover);
        await wire.heard("\r\n0\r\n\r\n$");
        assert.equal((await slow).response?.body.toString(), "done");
        assert.equal(await wire.ended(), "closed");
        const told = await given;
        assert.deepEqual(ledger(told), { finished: 1, cut: 0, webSockets: 0, eventStreams: 1 });
        assert.deepEqual(drover.log.events("worker-leaving"), []);
      });
    }
  });
}

/** Gives the order to leave the address to another worker. Resolves when the worker has it, which takes one more request: it counts as finished. */
async function leave(drover: ReadyDrover, give = reload): Promise<{ readonly told: Promise<LogLine> }> {
  const kept = new Connection({ port: drover.port });
  assert.equal((await kept.request()).response?.headers.get("connection"), "keep-alive");
  const told = give(drover);
  for (;;) {
    const { response } = await kept.request();
    assert.equal(response?.status, 200);
    if (response.headers.get("connection") === "close") return { told };
  }
}

suite("a leaving worker", () => {
  test("ends a kept connection with the answer to its next request, even where the app gives its own word on it", async (t) => {
    const drover = await site(t);
    const [idle, relayed] = [new Wire(t, drover.port).ask("/"), new Wire(t, drover.port).ask("/relayed?ms=0")];
    await Promise.all([idle.heard(/0\r\n\r\n$|\d$/), relayed.heard("done")]);
    assert.match(relayed.text, /keep-alive/);
    const { told } = await leave(drover);
    idle.ask("/");
    relayed.ask("/relayed?ms=0");
    for (const wire of [idle, relayed]) {
      assert.equal(await wire.ended(), "closed");
      assert.match(wire.text, /Connection: keep-alive.*Connection: close/s);
    }
    assert.deepEqual(ledger(await told), { finished: 3, cut: 0, webSockets: 0, eventStreams: 0 });
  });

  test("answers requests that come without waiting for answers, and ends the connection with the last of them", async (t) => {
    const drover = await site(t);
    const wire = new Wire(t, drover.port).ask("/slow?ms=1000");
    await settled(drover);
    const { told } = await leave(drover);
    wire.ask("/slow?ms=10").ask("/relayed?ms=20");
    assert.equal(await wire.ended(), "closed");
    assert.deepEqual(wire.text.match(/^Connection: .*$/gm), [
      "Connection: keep-alive",
      "Connection: keep-alive",
      "Connection: close",
    ]);
    assert.equal(wire.text.match(/done/g)?.length, 3);
    // Requests on one connection are counted each.
    assert.deepEqual(ledger(await told), { finished: 4, cut: 0, webSockets: 0, eventStreams: 0 });
  });

  test("writes a long download to its end when all else is closed, and its client may ask once more", async (t) => {
    const drover = await site(t);
    const [blocks, size] = [40, 65_536];
    const wire = new Wire(t, drover.port).ask(`/download?blocks=${blocks}&ms=100`);
    await wire.heard("Transfer-Encoding");
    const { told } = await leave(drover);
    await wire.heard(/0\r\n\r\n$/);
    wire.ask("/");
    assert.equal(await wire.ended(), "closed");
    const body = wire.bytes.subarray(wire.bytes.indexOf("\r\n\r\n") + 4);
    for (let n = 0, at = 0; n < blocks; n += 1, at += size + 9) {
      assert.equal(body.toString("latin1", at, at + 7), "10000\r\n");
      assert.equal(body.subarray(at + 7, at + 7 + size).equals(Buffer.alloc(size, n % 251)), true, `block ${n}`);
    }
    assert.match(wire.text, /HTTP\/1.1 200 OK.*0\r\n\r\nHTTP\/1.1 200 OK.*Connection: close/s);
    assert.deepEqual(ledger(await told), { finished: 3, cut: 0, webSockets: 0, eventStreams: 0 });
  });

  test("reads a slow upload to its end", async (t) => {
    const drover = await site(t);
    const body = Buffer.alloc(50_000, "slow");
    const wire = new Wire(t, drover.port).send(
      "POST /upload HTTP/1.1",
      "Host: x",
      `Content-Length: ${body.length}`,
      "",
      "",
    );
    await settled(drover);
    const { told } = await leave(drover);
    for (let at = 0; at < body.length; at += 1000) {
      wire.socket.write(body.subarray(at, at + 1000));
      await delay(60);
    }
    assert.equal(await wire.ended(), "closed");
    assert.match(wire.text, new RegExp(`Connection: close.*${createHash("sha256").update(body).digest("hex")}`, "s"));
    assert.deepEqual(ledger(await told), { finished: 2, cut: 0, webSockets: 0, eventStreams: 0 });
  });

  test("waits for a WebSocket frame that is completed late, and closes after it", async (t) => {
    const drover = await site(t);
    const wire = new Wire(t, drover.port).ask("/half", ...UPGRADE);
    await wire.heard("\xff{80}");
    const slow = request({ port: drover.port }, { path: "/slow?ms=3000" });
    await settled(drover);
    const { told } = await leave(drover);
    await slow;
    wire.send("more");
    await wire.heard(/\xff{200}\x88\x02\x03\xf4$/);
    assert.deepEqual(ledger(await told), { finished: 2, cut: 0, webSockets: 1, eventStreams: 0 });
  });

  test("counts no request whose client has left", async (t) => {
    const drover = await site(t);
    const [slow, streamed] = [new Wire(t, drover.port), new Wire(t, drover.port)];
    slow.ask("/slow?ms=1500");
    streamed.ask("/download?blocks=10000&ms=10");
    await streamed.heard("Transfer-Encoding");
    await settled(drover);
    const { told } = await leave(drover);
    slow.socket.destroy();
    streamed.socket.resetAndDestroy();
    assert.deepEqual(ledger(await told), { finished: 1, cut: 0, webSockets: 0, eventStreams: 0 });
  });
});

suite("at the deadline", () => {
  for (const { name, give } of orders) {
    test(`of ${name} the worker names what it cuts, the oldest first, without queries`, async (t) => {
      const drover = await site(t, "--drain-timeout", "1500ms");
      const ask: readonly ((wire: Wire) => Wire)[] = [
        (wire) => wire.ask("/slow?ms=60000&secret=1"),
        (wire) => wire.send("POST /upload?secret=1 HTTP/1.1", "Host: x", "Content-Length: 10", "", "12345"),
        (wire) => wire.ask("/half?secret=1", ...UPGRADE),
        (wire) => wire.ask("/other?secret=1", "Connection: Upgrade", "Upgrade: other"),
      ];
      const wires: Wire[] = [];
      for (const send of ask) {
        wires.push(send(new Wire(t, drover.port)));
        await settled(drover);
      }
      const { told } = await leave(drover, give);
      const { slot, count, cut } = await drover.log.event("cut");
      const named = cut as { what: string; ms: number }[];
      assert.deepEqual([slot, count], [1, 4]);
      assert.deepEqual(
        named.map(({ what }) => what),
        ["GET /slow", "POST /upload", "WebSocket /half", "connection"],
      );
      for (const { ms } of named) assert.ok(ms >= 1500 && ms < BOUND_MS, `${ms} ms`);
      await Promise.all(wires.map((wire) => wire.ended()));
      assert.deepEqual(ledger(await told), { finished: 1, cut: 4, webSockets: 0, eventStreams: 0 });
    });
  }

  test("at most twenty are named, all are counted", async (t) => {
    const drover = await site(t, "--drain-timeout", "1s");
    const wires = Array.from({ length: 25 }, () => new Wire(t, drover.port).ask("/slow?ms=60000"));
    await Promise.all(wires.map((wire) => once(wire.socket, "connect")));
    await settled(drover);
    const { told } = await leave(drover);
    const { count, cut, msg } = await drover.log.event("cut");
    assert.deepEqual([count, (cut as unknown[]).length], [25, 20]);
    assert.match(String(msg), /and 5 more$/);
    assert.equal((await told)["cut"], 25);
  });
});
