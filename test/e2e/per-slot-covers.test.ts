import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { createCertificate } from "../support/certificate.ts";
import { Connection, request, type Target } from "../support/client.ts";
import { start, type ReadyDrover } from "../support/drover.ts";
import { app } from "../support/fixture.ts";
import { describe, startLoad } from "../support/load.ts";
import { answeredBy, coverage, gate, ownTargets, type Gate } from "../support/per-slot.ts";
import { kill } from "../support/proc.ts";
import { overHttp } from "../support/roll-call.ts";
import { until } from "../support/wait.ts";
import { Wire } from "../support/wire.ts";
import { WebSocketClient } from "../support/ws-client.ts";

const APP = app("per-slot/app.js");
const FLAGS = ["--per-slot", "--probation", "0"];
const certificate = createCertificate();
const { cert: ca } = certificate;
const TLS = { DROVER_TLS_CERT: ca, DROVER_TLS_KEY: certificate.key };
const EXPORTED = { TEST_SERVER: "export" };

/** What an app may be, and how its clients speak. */
const WAYS: readonly (readonly [what: string, env: Readonly<Record<string, string>>, how?: Target])[] = [
  ["an app that listens by itself", {}],
  ["an exported app", EXPORTED],
  ["an app that listens behind TLS", TLS, { ca }],
  ["an exported app over HTTP/2", { ...TLS, ...EXPORTED }, { ca, http2: true }],
  [
    "an https server of the app's own",
    { TEST_SERVER: "https", TEST_TLS_CERT: ca, TEST_TLS_KEY: certificate.key },
    { ca },
  ],
  ["an http2 server of the app's own", { TEST_SERVER: "h2c" }, { http2: true }],
];

/** The n-th of some addresses. */
function nth(addresses: readonly Target[], slot: number): Target {
  const target = addresses[slot - 1];
  assert.ok(target, `no address of slot ${slot}`);
  return target;
}

/** Kills the slot's worker and holds its replacement back, until the sibling has taken over. */
async function killFor(drover: ReadyDrover, gate: Gate, slot: number): Promise<void> {
  gate.shut(slot);
  kill(drover.workers().get(slot) ?? 0, "SIGKILL");
  await drover.log.event("covered", (line) => line.slot === slot);
}

suite("while a worker is away a sibling covers its address:", () => {
  for (const [what, env, how] of WAYS) {
    test(what, async (t) => {
      const held = gate(t);
      const drover = await start(t, APP, { workers: 2, flags: FLAGS, env: { ...env, ...held.env } });
      const addresses = await ownTargets(drover, how);
      await killFor(drover, held, 2);
      await answeredBy(addresses, [1, 1]);
      held.open(2);
      await drover.log.event("uncovered");
      await answeredBy([nth(addresses, 2)], [2]);
      await answeredBy(addresses, [1, 2]);
    });
  }

  test("and when that one dies, another, as the status says", async (t) => {
    const held = gate(t);
    const drover = await start(t, APP, { workers: 3, flags: FLAGS, env: held.env });
    const addresses = await ownTargets(drover);
    await killFor(drover, held, 2);
    await killFor(drover, held, 1);
    await answeredBy(addresses, [3, 3, 3]);
    assert.deepEqual(await coverage(drover), [
      [1, 3],
      [2, 3],
      [3, null],
    ]);
    for (const slot of [1, 2]) held.open(slot);
    for (const slot of [1, 2]) await drover.log.event("uncovered", (line) => line.slot === slot);
    for (const slot of [1, 2]) await answeredBy([nth(addresses, slot)], [slot]);
    assert.equal(drover.log.events("covered").length, 2);
    assert.deepEqual(await coverage(drover), [
      [1, null],
      [2, null],
      [3, null],
    ]);
  });

  test("and when that one is full, one that has room", async (t) => {
    const held = gate(t);
    const drover = await start(t, APP, { workers: 3, flags: [...FLAGS, "--max-in-flight", "2"], env: held.env });
    const addresses = await ownTargets(drover);
    await killFor(drover, held, 2);
    const busy = [1, 2].map(() => new Wire(t, nth(addresses, 1).port ?? 0));
    for (const wire of busy) wire.send("POST / HTTP/1.1", "Host: x", "Content-Length: 1", "", "");
    const moved = async (): Promise<boolean> => (await coverage(drover)).some(([slot, by]) => slot === 2 && by === 3);
    await until(moved, "worker 3 to cover for worker 2");
    await answeredBy([nth(addresses, 2)], [3]);
    assert.equal(drover.log.events("covered").length, 1);
    for (const wire of busy) wire.socket.destroy();
  });

  test("a connection that it took lives on when the worker is back", async (t) => {
    const held = gate(t);
    const drover = await start(t, APP, { workers: 2, flags: FLAGS, env: held.env });
    const addresses = await ownTargets(drover);
    await killFor(drover, held, 2);
    const connection = new Connection(nth(addresses, 2));
    assert.equal((await connection.request()).response?.status, 200);
    held.open(2);
    await drover.log.event("uncovered");
    await answeredBy([nth(addresses, 2)], [2]);
    const { response } = await connection.request();
    assert.equal(JSON.parse(String(response?.body)).slot, 1);
    connection.close();
  });

  test("a connection that a worker left unread at its exit goes to a sibling", async (t) => {
    const held = gate(t);
    const drover = await start(t, APP, { workers: 2, flags: FLAGS, env: held.env });
    const second = nth(await ownTargets(drover), 2);
    const connection = new Connection(second);
    assert.equal((await connection.request()).response?.status, 200);
    held.shut(2);
    assert.notEqual((await request(second, { path: "/exit?code=1" })).outcome, "ok");
    await drover.log.event("covered");
    assert.equal(JSON.parse(String((await connection.request()).response?.body)).slot, 1);
    connection.close();
    held.open(2);
  });

  test("a stop answers those who wait there, and refuses afterwards", async (t) => {
    const drover = await start(t, APP, { workers: 2, flags: FLAGS });
    const second = nth(await ownTargets(drover), 2);
    assert.equal((await drover.verb("scale", "1")).code, 0);
    const load = startLoad(t, second, { clients: 4 });
    await until(() => load.samples.length > 20, "some answers");
    assert.deepEqual(await drover.stop(), { code: 0, signal: null });
    const samples = await load.stop();
    const lost = samples.filter(({ answer, fresh }) => fresh && !["ok", "refused"].includes(answer.outcome));
    // One client may have connected in the instant before the last socket closed; none was read.
    assert.ok(lost.length <= 1 && lost.every(({ answer }) => answer.outcome !== "hung"), describe(lost));
    assert.equal((await request(second)).outcome, "refused");
  });

  test("a WebSocket of worker 1 lives across the replacement of worker 2", async (t) => {
    const drover = await start(t, APP, { workers: 2, flags: FLAGS });
    const addresses = await ownTargets(drover);
    const socket = new WebSocketClient(nth(addresses, 1), "/", [Buffer.from("hello")], 5);
    await until(() => socket.open, "an echo");
    kill(drover.workers().get(2) ?? 0, "SIGKILL");
    await drover.log.find("two deaths and births", () => drover.log.events("worker-ready").length === 3);
    await answeredBy([nth(addresses, 2)], [2]);
    socket.leave();
    assert.equal((await socket.ended).how, "left");
  });
});

suite("no address is without an answer", () => {
  test("when workers are added and taken away again", async (t) => {
    const drover = await start(t, APP, { workers: 2, flags: FLAGS });
    assert.equal((await drover.verb("scale", "4")).code, 0);
    const addresses = await ownTargets(drover);
    const loads = addresses.map((target) => startLoad(t, target, { clients: 2 }));
    assert.equal((await drover.verb("scale", "2")).code, 0);
    await answeredBy(addresses, [1, 2, 1, 2]);
    assert.equal((await drover.verb("reload")).code, 0);
    await Promise.all(addresses.map((target) => overHttp(target)()));
    assert.equal((await drover.verb("scale", "3")).code, 0);
    await answeredBy([nth(addresses, 3)], [3]);
    assert.equal(describe((await Promise.all(loads.map((load) => load.stop()))).flat().filter(lost)), "");
    await answeredBy(addresses.slice(0, 3), [1, 2, 3]);
  });

  for (const how of ["reload", "restart"] as const) {
    test(`and no request is lost by a ${how}`, async (t) => {
      const drover = await start(t, APP, { workers: 3, flags: FLAGS });
      const addresses = await ownTargets(drover);
      const loads = addresses.map((target) => startLoad(t, target, { clients: 2 }));
      assert.equal((await drover.verb(how)).code, 0);
      assert.equal((await drover.verb(how)).code, 0);
      const samples = (await Promise.all(loads.map((load) => load.stop()))).flat();
      assert.equal(describe(samples.filter(lost)), "");
      await answeredBy(addresses, [1, 2, 3]);
    });
  }
});

function lost({ answer }: { readonly answer: { readonly outcome: string } }): boolean {
  return answer.outcome !== "ok";
}
