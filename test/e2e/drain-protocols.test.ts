import assert from "node:assert/strict";
import { once } from "node:events";
import { suite, test } from "node:test";
import { request } from "../support/client.ts";
import { leave, ledger, orders, settled, site, UPGRADE } from "../support/leaving.ts";
import { Wire } from "../support/wire.ts";

/** A frame of the relay fixture: 4 bytes of header, 126 of payload. */
const FRAME = 130;

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
      test(`the event stream ${path} ends in good order`, async (t) => {
        const drover = await site(t);
        const wire = new Wire(t, drover.port).ask(path);
        await wire.heard("data: ");
        const told = give(drover);
        await wire.heard("\r\n0\r\n\r\n$");
        assert.equal(await wire.ended(), "closed");
        assert.deepEqual(ledger(await told), { finished: 0, cut: 0, webSockets: 0, eventStreams: 1 });
      });
    }

    test("an event stream whose client reads slowly ends with all it was sent, and the app may write on meanwhile", async (t) => {
      const drover = await site(t);
      const [slow, quick] = [new Wire(t, drover.port).ask("/events/heavy"), new Wire(t, drover.port).ask("/events")];
      await Promise.all([slow.heard("data: "), quick.heard("data: ")]);
      slow.socket.pause();
      const request = new Wire(t, drover.port).ask("/slow?ms=3000");
      await settled(drover);
      const told = give(drover);
      await quick.heard("\r\n0\r\n\r\n$");
      // For this long the app has written to what is ended and not taken.
      await request.heard("done");
      slow.socket.resume();
      await slow.heard("x\n\n\r\n0\r\n\r\n$");
      assert.deepEqual(ledger(await told), { finished: 1, cut: 0, webSockets: 0, eventStreams: 2 });
      assert.deepEqual(drover.log.events("worker-leaving"), []);
    });
  });
}

suite("a leaving worker", () => {
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

  test("tells a WebSocket whose request has a body that has not arrived", async (t) => {
    const drover = await site(t);
    const wire = new Wire(t, drover.port).ask("/other", ...UPGRADE, "Content-Length: 4");
    await wire.heard("101 Switching Protocols");
    const { told } = await leave(drover);
    await wire.heard("\r\n\r\n\x88\x02\x03\xf4$");
    assert.deepEqual(ledger(await told), { finished: 1, cut: 0, webSockets: 1, eventStreams: 0 });
  });
});

suite("a worker with an uncaught error", () => {
  test("tells its WebSockets before it ends", async (t) => {
    const drover = await site(t);
    const socket = new WebSocket(`ws://127.0.0.1:${drover.port}/echo`);
    await once(socket, "open");
    const closed = once(socket, "close");
    await request({ port: drover.port }, { path: "/throw" });
    assert.equal(((await closed)[0] as CloseEvent).code, 1012);
  });

  test("ends its event streams in good order", async (t) => {
    const drover = await site(t);
    const events = new Wire(t, drover.port).ask("/events");
    await events.heard("data: ");
    await request({ port: drover.port }, { path: "/throw" });
    await events.heard("\r\n0\r\n\r\n$");
  });
});
