import assert from "node:assert/strict";
import { once } from "node:events";
import type { ClientHttp2Session } from "node:http2";
import { suite, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { attackedSite } from "../support/attacked-site.ts";
import { FRAME, frame, get, numbers, RawHttp2 } from "../support/http2-frames.ts";
import { openSession } from "../support/http2-session.ts";
import { until, within } from "../support/wait.ts";

const INITIAL_WINDOW = 4;
const MB = 1_000_000;

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

suite("an attack by HTTP/2", () => {
  test("of readers that never read a byte: their connections go", async (t) => {
    const { target, value, unhurt } = await attackedSite(t, ["--keep-alive-timeout", "2s"]);
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
    const { target, value, unhurt } = await attackedSite(t, ["--keep-alive-timeout", "2s"]);
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
      const { drover, target, value, unhurt } = await attackedSite(t);
      const before = await value("/memory");
      const url = `https://localhost:${drover.port}`;
      const session = await openSession(t, url, { ca: target.ca, settings: { initialWindowSize: 16_384 } });
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
});
