import assert from "node:assert/strict";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { test } from "node:test";
import { start } from "../support/drover.ts";
import { app } from "../support/fixture.ts";

test("a UDP socket that a worker binds is its own, and answers", async (t) => {
  const drover = await start(t, app("sockets/udp.js"), { workers: 1 });
  const response = await fetch(`http://127.0.0.1:${drover.port}/`, { headers: { connection: "close" } });
  const { slot, udp, udp6 } = (await response.json()) as { slot: number; udp: number; udp6: number };
  assert.ok(udp6 > 0);
  const client = createSocket("udp4");
  t.after(() => client.close());
  const answered = once(client, "message");
  client.send("hello", udp, "127.0.0.1");
  const [message] = await answered;
  assert.equal(String(message), `${slot} hello`);
});
