import assert from "node:assert/strict";
import { once } from "node:events";
import { suite, test, type TestContext } from "node:test";
import type { ReadyDrover } from "../support/drover.ts";
import { leave, ledger, reload, settled, site, stop } from "../support/leaving.ts";
import { kill } from "../support/proc.ts";
import { Wire } from "../support/wire.ts";

/** Requests that end when the test sends the last byte of their body. */
async function begin(t: TestContext, drover: ReadyDrover, paths: readonly string[]): Promise<readonly Wire[]> {
  const wires = paths.map((path) => {
    return new Wire(t, drover.port).send(`POST ${path} HTTP/1.1`, "Host: x", "Content-Length: 1", "", "");
  });
  await Promise.all(wires.map((wire) => once(wire.socket, "connect")));
  await settled(drover);
  return wires;
}

/** Ends a request whose handler then throws. Its client leaves, as one does whose answer does not come. */
function crash(wire: Wire): void {
  wire.send("!");
  wire.socket.end();
}

async function finish(wire: Wire): Promise<void> {
  wire.send("!");
  await wire.heard("200 OK");
  assert.equal(await wire.ended(), "closed");
}

suite("the ledger", () => {
  test("counts as cut what was under way in a leaving worker that is killed", async (t) => {
    const drover = await site(t);
    const pid = drover.workers().get(1) ?? 0;
    const wires = await begin(t, drover, ["/upload", "/upload", "/upload"]);
    const { told } = await leave(drover);
    kill(pid, "SIGKILL");
    for (const wire of wires) await wire.ended();
    assert.deepEqual(ledger(await told), { finished: 0, cut: 3, webSockets: 0, eventStreams: 0 });
  });

  test("does not count as cut what a leaving worker finishes after its crash", async (t) => {
    const drover = await site(t);
    const [first, second, doomed] = await begin(t, drover, ["/upload", "/upload", "/upload-throws"]);
    assert.ok(first && second && doomed);
    const { told } = await leave(drover);
    await finish(first);
    crash(doomed);
    await drover.log.event("worker-leaving");
    await finish(second);
    assert.deepEqual(ledger(await told), { finished: 3, cut: 0, webSockets: 0, eventStreams: 0 });
  });

  test("does not count as cut what a crashed worker finishes during a stop", async (t) => {
    const drover = await site(t);
    const [neighbour, doomed] = await begin(t, drover, ["/upload", "/upload-throws"]);
    assert.ok(neighbour && doomed);
    crash(doomed);
    await drover.log.event("worker-leaving");
    const told = stop(drover);
    await drover.log.event("stopping");
    await finish(neighbour);
    assert.deepEqual(ledger(await told), { finished: 1, cut: 0, webSockets: 0, eventStreams: 0 });
  });

  test("counts as cut what is open at a second crash, and not what was finished before it", async (t) => {
    const drover = await site(t);
    const paths = ["/upload", "/upload", "/upload-throws", "/upload-throws"];
    const [finished, cut, doomed, next] = await begin(t, drover, paths);
    assert.ok(finished && cut && doomed && next);
    crash(doomed);
    await drover.log.event("worker-leaving");
    await finish(finished);
    const told = reload(drover);
    await drover.log.event("reload-started");
    next.send("!");
    for (const wire of [cut, next]) await wire.ended();
    assert.deepEqual(ledger(await told), { finished: 1, cut: 2, webSockets: 0, eventStreams: 0 });
  });
});
