import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import type { Ledger } from "../../src/protocol/control.ts";
import { start, type ReadyDrover } from "../support/drover.ts";
import { startEventStream, type StreamEnd } from "../support/event-stream.ts";
import { describe, startLoad, type Sample } from "../support/load.ts";
import { download, repeat, upload, type Long } from "../support/long-requests.ts";
import { byLink, site, type Releases } from "../support/releases.ts";
import { LONG, record } from "../support/reliability.ts";
import { reloadsIn, type Leaver } from "../support/reload-log.ts";
import { until } from "../support/wait.ts";
import { startWebSockets, type Farewell } from "../support/ws-client.ts";

const RELOADS = LONG ? 20 : 5;
const SOCKETS = 50;
const LEAST_RATE = 500;

/** Everything that clients saw. */
interface Seen {
  readonly samples: readonly Sample[];
  readonly perSecond: number;
  readonly failures: string;
  readonly farewells: readonly Farewell[];
  readonly streams: readonly StreamEnd[];
  readonly downloads: readonly Long[];
  readonly uploads: readonly Long[];
}

async function reloadAll(drover: ReadyDrover, releases: Releases): Promise<void> {
  for (let generation = 2; generation <= RELOADS + 1; generation += 1) {
    releases.deploy(`release ${generation}`, site(`release ${generation}`));
    drover.signal("SIGHUP");
    await drover.log.event("reloaded", (line) => line["generation"] === generation);
  }
}

function pidOf({ answer }: Sample): number {
  return Number(answer.response?.headers.get("x-pid"));
}

/** One worker may be told of a request it has just sent: a file's last byte and the order to leave may pass each other on the way. */
const CLOSE_CALL_MS = 500;

/** Of one reload, what its ledger must say: a range only where a download ended while its worker was told to leave. */
function expected(leavers: readonly Leaver[], seen: Seen): { least: number; most: number } {
  const toldAt = new Map(leavers.map((leaver) => [leaver.pid, leaver.toldAt]));
  const short = seen.samples.filter((sample) => sample.toldToClose && toldAt.has(pidOf(sample)));
  const long = [...seen.downloads, ...seen.uploads].filter(({ pid }) => toldAt.has(pid));
  const after = ({ pid, close, endedAt }: Long, ms: number): boolean =>
    close || endedAt > (toldAt.get(pid) ?? Infinity) + ms;
  return {
    least: short.length + long.filter((one) => after(one, CLOSE_CALL_MS)).length,
    most: short.length + long.filter((one) => after(one, -CLOSE_CALL_MS)).length,
  };
}

function servedBy<T extends { readonly pid: number }>(seen: readonly T[], leavers: readonly Leaver[]): T[] {
  return seen.filter(({ pid }) => leavers.some((leaver) => leaver.pid === pid));
}

async function reloadUnderLoad(t: TestContext): Promise<{ drover: ReadyDrover; seen: Seen }> {
  const releases = byLink(t);
  releases.deploy("release 1", site("release 1"));
  const drover = await start(t, releases.entry, { flags: ["--probation", "200ms", "--log-level", "debug"] });
  const target = { port: drover.port };
  const sockets = startWebSockets(t, target, { count: SOCKETS, paths: ["/", "/", "/", "/", "/pieces"] });
  const stream = startEventStream(t, target);
  const downloads = repeat(t, () => download(target, { bytes: 5_000_000, ms: 5000 }).done);
  const uploads = repeat(t, () => upload(target, { pieces: 50, everyMs: 100 }));
  // They leave it to the server to say `Connection: close`: from that a client knows that its worker was told to leave.
  const load = startLoad(t, target, { clients: 24, rate: 700, postEvery: 2, sayClose: false });
  await until(() => sockets.open === SOCKETS, "all WebSockets to echo");
  await stream.hears("release 1");

  const [from, before] = [performance.now(), load.samples.length];
  await reloadAll(drover, releases);
  const perSecond = ((load.samples.length - before) * 1000) / (performance.now() - from);
  await stream.hears(`release ${RELOADS + 1}`);
  const samples = await load.stop();
  const seen: Seen = {
    samples,
    perSecond,
    failures: describe(load.failures),
    farewells: await sockets.stop(),
    streams: await stream.stop(),
    downloads: await downloads.stop(),
    uploads: await uploads.stop(),
  };
  return { drover, seen };
}

function keep(seen: Seen): void {
  const { samples, perSecond, farewells, streams, downloads, uploads } = seen;
  const long = [...downloads, ...uploads];
  const ended = streams.filter(({ how }) => how !== "left");
  const lost = [
    samples.filter(({ answer }) => answer.outcome !== "ok"),
    long.filter(({ outcome }) => outcome !== "ok"),
    farewells.filter(({ how }) => how !== "told"),
    ended.filter(({ how }) => how !== "clean"),
  ];
  record({
    fault: `${RELOADS} rolling reloads in a row of 2 workers`,
    sent: samples.length + long.length + farewells.length + ended.length,
    lost: lost.flat().length,
    note:
      `none; ${Math.round(perSecond)} requests a second, half POST, beside ${SOCKETS} WebSockets (${farewells.length} told 1012), ` +
      `${ended.length} event streams ended cleanly, ${downloads.length} downloads of 5 s and ${uploads.length} slow uploads byte for byte`,
  });
}

test(`${RELOADS} rolling reloads under load`, async (t) => {
  const { drover, seen } = await reloadUnderLoad(t);
  const reloads = reloadsIn(drover);
  keep(seen);

  await t.test(`fail none of ${seen.samples.length} requests, half of them POSTs`, () => {
    assert.equal(seen.failures, "");
    const posts = seen.samples.filter(({ method }) => method === "POST").length;
    assert.ok(Math.abs(posts / seen.samples.length - 0.5) < 0.05, `${posts} POSTs`);
    assert.ok(seen.perSecond >= LEAST_RATE, `${Math.round(seen.perSecond)} requests a second`);
  });

  await t.test("let long downloads and slow uploads finish, byte for byte", () => {
    const long = [...seen.downloads, ...seen.uploads];
    assert.deepEqual(new Set(long.map(({ outcome }) => outcome)), new Set(["ok"]));
    const leavers = reloads.flatMap((reload) => reload.leavers);
    const crossed = servedBy(long, leavers).filter(({ close, headAt, endedAt, pid }) => {
      const toldAt = leavers.find((leaver) => leaver.pid === pid)?.toldAt ?? Infinity;
      return close || (headAt < toldAt && toldAt < endedAt);
    });
    assert.ok(crossed.length >= RELOADS, `${crossed.length} were under way when their worker was told to leave`);
  });

  await t.test("tell every WebSocket between two frames that another worker takes over (1012)", () => {
    const ends = new Set(seen.farewells.map(({ how, code, detail }) => `${how} ${code} ${detail}`));
    assert.deepEqual(ends, new Set(["told 1012 "]));
    assert.ok(seen.farewells.length >= SOCKETS * RELOADS * 0.5, `${seen.farewells.length} were told`);
  });

  await t.test("end event streams at the end of an event, and their clients find the new release", () => {
    const ended = seen.streams.filter(({ how }) => how !== "left");
    assert.deepEqual(new Set(ended.map(({ how }) => how)), new Set(["clean"]));
    assert.ok(ended.length >= RELOADS);
  });

  for (const [index, { line, leavers }] of reloads.entries()) {
    await t.test(`${index + 1}: the ledger is what the clients saw`, () => {
      const { finished, ...rest } = line as unknown as Ledger;
      const { least, most } = expected(leavers, seen);
      assert.ok(least <= finished && finished <= most, `finished ${finished}, seen ${least} to ${most}`);
      const books = {
        workers: rest.workers,
        cut: rest.cut,
        webSockets: rest.webSockets,
        eventStreams: rest.eventStreams,
      };
      assert.deepEqual(books, {
        workers: 2,
        cut: 0,
        webSockets: servedBy(seen.farewells, leavers).length,
        eventStreams: servedBy(seen.streams, leavers).length,
      });
    });
  }
  assert.equal(reloads.length, RELOADS);
});
