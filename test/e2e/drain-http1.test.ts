import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { suite, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { Connection } from "../support/client.ts";
import { leave, ledger, settled, site } from "../support/leaving.ts";
import { Wire } from "../support/wire.ts";

suite("a leaving worker of an HTTP/1 app", () => {
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
    const wire = new Wire(t, drover.port).ask("/slow?ms=4000");
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

  test("answers uploads that the app refuses unread: none is reset before its client has seen the answer", async (t) => {
    const drover = await site(t);
    const clients = Array.from({ length: 10 }, () => new Connection(drover));
    t.after(() => clients.forEach((client) => client.close()));
    await Promise.all(clients.map((client) => client.request()));
    const { told } = await leave(drover);
    const body = Buffer.alloc(5_000_000);
    const answers = await Promise.all(clients.map((client) => client.request({ path: "/slow?ms=0", body })));
    const seen = answers.map(({ outcome, last, response }) => [outcome, last, response?.body.toString()]);
    assert.deepEqual(
      seen,
      clients.map(() => ["ok", true, "done"]),
    );
    assert.deepEqual(ledger(await told), { finished: 11, cut: 0, webSockets: 0, eventStreams: 0 });
  });

  test("writes a long download to its end when all else is closed, and its client may ask once more", async (t) => {
    const drover = await site(t);
    const [blocks, size] = [40, 65_536];
    const wire = new Wire(t, drover.port).ask(`/download?blocks=${blocks}&ms=100`);
    await wire.heard("Transfer-Encoding");
    const { told } = await leave(drover);
    await wire.heard(/0\r\n\r\n$/);
    // Not at once: all idle connections were closed long ago.
    await delay(500);
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

  test("counts no request whose client has left", async (t) => {
    const drover = await site(t);
    const [slow, streamed] = [new Wire(t, drover.port), new Wire(t, drover.port)];
    slow.ask("/slow?ms=30000");
    streamed.ask("/download?blocks=10000&ms=10");
    await streamed.heard("Transfer-Encoding");
    await settled(drover);
    const { told } = await leave(drover);
    slow.socket.destroy();
    streamed.socket.resetAndDestroy();
    assert.deepEqual(ledger(await told), { finished: 1, cut: 0, webSockets: 0, eventStreams: 0 });
  });
});
