import assert from "node:assert/strict";
import type { TestContext } from "node:test";
import { Connection, request } from "./client.ts";
import { start, type ReadyDrover } from "./drover.ts";
import { app } from "./fixture.ts";
import type { LogLine } from "./log-reader.ts";

/** Of an upgrade to a WebSocket. */
export const UPGRADE = [
  "Connection: Upgrade",
  "Upgrade: websocket",
  "Sec-WebSocket-Version: 13",
  "Sec-WebSocket-Key: 1234",
];

/** One worker of the drain fixture. */
export function site(
  t: TestContext,
  flags: readonly string[] = [],
  env: Record<string, string> = {},
): Promise<ReadyDrover> {
  return start(t, app("drain/site.js"), { workers: 1, flags: ["--probation", "0", ...flags], env });
}

/** A request that has reached the app: what was sent before it has, too. */
export async function settled({ port }: ReadyDrover): Promise<void> {
  assert.equal((await request({ port })).response?.status, 200);
}

/** What the log's last line of an order says of its clients. */
export function ledger({ finished, cut, webSockets, eventStreams }: LogLine): object {
  return { finished, cut, webSockets, eventStreams };
}

/** Nobody takes over. */
export async function stop(drover: ReadyDrover): Promise<LogLine> {
  assert.deepEqual(await drover.stop(), { code: 0, signal: null });
  return drover.log.event("stopped");
}

/** Another worker takes over. */
export function reload(drover: ReadyDrover): Promise<LogLine> {
  drover.signal("SIGHUP");
  return drover.log.event("reloaded");
}

export interface Order {
  readonly name: string;
  readonly closeCode: number;
  /** Gives it and answers its ledger. */
  readonly give: (drover: ReadyDrover) => Promise<LogLine>;
}

/** Both ways to leave. */
export const orders: readonly Order[] = [
  { name: "a stop", closeCode: 1001, give: stop },
  { name: "a reload", closeCode: 1012, give: reload },
];

/** Gives the order to leave the address to another worker. Resolves when the worker has it, which takes one more request: it counts as finished. */
export async function leave(drover: ReadyDrover, give = reload): Promise<{ readonly told: Promise<LogLine> }> {
  const kept = new Connection({ port: drover.port });
  assert.equal((await kept.request()).response?.headers.get("connection"), "keep-alive");
  const told = give(drover);
  for (;;) {
    const { response } = await kept.request();
    assert.equal(response?.status, 200);
    if (response.headers.get("connection") === "close") return { told };
  }
}
