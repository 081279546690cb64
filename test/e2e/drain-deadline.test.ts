import assert from "node:assert/strict";
import { once } from "node:events";
import { suite, test } from "node:test";
import { request } from "../support/client.ts";
import { start } from "../support/drover.ts";
import { app } from "../support/fixture.ts";
import { leave, ledger, orders, settled, site, stop, UPGRADE } from "../support/leaving.ts";
import { isAlive } from "../support/proc.ts";
import { BOUND_MS, until } from "../support/wait.ts";
import { Wire } from "../support/wire.ts";

suite("at the deadline", () => {
  for (const { name, give } of orders) {
    test(`of ${name} the worker names what it cuts, the oldest first, without queries`, async (t) => {
      const drover = await site(t, ["--drain-timeout", "1500ms"]);
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

  test("nothing is cut that has its end in half of a short time", async (t) => {
    const drover = await site(t, ["--drain-timeout", "1500ms"]);
    const [idle, events, silent] = [new Wire(t, drover.port), new Wire(t, drover.port), new Wire(t, drover.port)];
    idle.ask("/");
    events.ask("/events");
    silent.ask("/other", ...UPGRADE);
    await Promise.all([idle.heard(/\d$/), events.heard("data: "), silent.heard("101")]);
    const told = await stop(drover);
    assert.deepEqual(ledger(told), { finished: 0, cut: 0, webSockets: 1, eventStreams: 1 });
    assert.equal(told["killed"], 0);
    for (const wire of [idle, events, silent]) assert.equal(await wire.ended(), "closed");
  });

  test("at most twenty are named, all are counted", async (t) => {
    const drover = await site(t, ["--drain-timeout", "1s"]);
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

suite("the app's own TERM listener", () => {
  test("may end the worker at once: what that has finished is known", async (t) => {
    const drover = await site(t, [], { ON_TERM: "exit" });
    const slow = request({ port: drover.port }, { path: "/slow?ms=2000" });
    await settled(drover);
    const { told } = await leave(drover, stop);
    assert.equal((await slow).response?.status, 200);
    assert.deepEqual(ledger(await told), { finished: 2, cut: 0, webSockets: 0, eventStreams: 0 });
  });

  test("is cut at the deadline when it does not end, and no request with it", async (t) => {
    const drover = await site(t, ["--drain-timeout", "1500ms"], { ON_TERM: "stay" });
    const { told } = await leave(drover, stop);
    const stopped = await told;
    assert.deepEqual(ledger(stopped), { finished: 1, cut: 0, webSockets: 0, eventStreams: 0 });
    assert.equal(stopped["killed"], 1);
    assert.deepEqual(drover.log.events("cut"), []);
  });
});

test("bare connections are left to their clients until the deadline, and then named", async (t) => {
  const drover = await start(t, app("net.js"), { workers: 1, flags: ["--drain-timeout", "1s"] });
  const [stays, goes] = [new Wire(t, drover.port).send("hello\n"), new Wire(t, drover.port).send("hello\n")];
  await Promise.all([stays.heard("hello"), goes.heard("hello")]);
  const told = stop(drover);
  await drover.log.event("stopping");
  goes.socket.end();
  stays.send("still there\n");
  await stays.heard("still there");
  assert.equal(await goes.ended(), "closed");
  assert.match(String((await drover.log.event("cut")).msg), /cuts 1 at its deadline: connection \(/);
  assert.equal((await told)["cut"], 1);
});

test("workers whose primary was killed finish what they can within the drain timeout, and end", async (t) => {
  const drover = await site(t, ["--drain-timeout", "1500ms"]);
  const [pid] = [...drover.workers().values()];
  const socket = new WebSocket(`ws://127.0.0.1:${drover.port}/echo`);
  await once(socket, "open");
  const closed = once(socket, "close");
  const endless = new Wire(t, drover.port).ask("/slow?ms=60000");
  const slow = request({ port: drover.port }, { path: "/slow?ms=700" });
  await settled(drover);
  drover.signal("SIGKILL");
  assert.equal(((await closed)[0] as CloseEvent).code, 1012);
  assert.equal((await slow).response?.body.toString(), "done");
  await endless.ended();
  await until(() => !isAlive(pid ?? 0), "the worker to end");
});
