import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import type { Ledger } from "../../src/protocol/control.ts";
import { start, type ReadyDrover } from "../support/drover.ts";
import { startEventStream, type StreamEnd } from "../support/event-stream.ts";
import { temporaryFolder } from "../support/fixture.ts";
import { describe, startLoad, type Sample } from "../support/load.ts";
import { download, repeat, upload, type Long } from "../support/long-requests.ts";
import { byLink, site, type Releases } from "../support/releases.ts";
import { LONG, record } from "../support/reliability.ts";
import { reloadsIn, type Leaver } from "../support/reload-log.ts";
import { transports, type Transport } from "../support/transports.ts";
import { until } from "../support/wait.ts";
import { startWebSockets, type Farewell } from "../support/ws-client.ts";

const SOCKETS = 50;
const CLIENTS = 24;
/** Downloads and uploads are waited for. */
const RELOADED_MS = 120_000;

/** How much there is to do. */
interface Scale {
  readonly transport: Transport;
  readonly reloads: number;
  /** Requests a second, as they are offered, and how many it takes to call it a load. */
  readonly rate: number;
  readonly leastRate: number;
  /** How long downloads and uploads take, in milliseconds. */
  readonly longMs: number;
}

function scaleOf(transport: Transport): Scale {
  if (transport.name === "http") return { transport, reloads: LONG ? 20 : 3, rate: 700, leastRate: 500, longMs: 5000 };
  // A handshake for every other request is most of the work, on both sides.
  return { transport, reloads: LONG ? 10 : 2, rate: 120, leastRate: 10, longMs: LONG ? 5000 : 2500 };
}

/** Everything that clients saw. */
interface Seen {
  readonly samples: readonly Sample[];
  readonly perSecond: number;
  readonly failures: string;
  /** What the server says that it has not looked at. */
  readonly refused: readonly Sample[];
  /** Ids of all requests that the app has seen. */
  readonly came: ReadonlySet<string>;
  readonly farewells: readonly Farewell[];
  readonly streams: readonly StreamEnd[];
  readonly downloads: readonly Long[];
  readonly uploads: readonly Long[];
}

async function reloadAll(drover: ReadyDrover, releases: Releases, times: number): Promise<void> {
  for (let generation = 2; generation <= times + 1; generation += 1) {
    releases.deploy(`release ${generation}`, site(`release ${generation}`));
    drover.signal("SIGHUP");
    await drover.log.event("reloaded", (line) => line["generation"] === generation, RELOADED_MS);
  }
}

function pidOf({ answer }: Sample): number {
  return Number(answer.response?.headers.get("x-pid"));
}

/** One worker may be told of a request it has just sent: a file's last byte and the order to leave may pass each other on the way. */
const CLOSE_CALL_MS = 500;
/** TLS keeps the client busy as well: it hears of an end later. */
const CLOSE_CALL_TLS_MS = 2000;

/**
 * Of one reload, what its ledger must say: a range where a download ended while its worker was told to leave. With TLS an answer is
 * finished a moment after it was written: of each client one may have come just before the order. With HTTP/2 there may be any number of them.
 */
function expected(leavers: readonly Leaver[], seen: Seen, { transport }: Scale): { least: number; most: number } {
  const toldAt = new Map(leavers.map((leaver) => [leaver.pid, leaver.toldAt]));
  const short = seen.samples.filter((sample) => sample.toldToClose && toldAt.has(pidOf(sample)));
  const long = [...seen.downloads, ...seen.uploads].filter(({ pid }) => toldAt.has(pid));
  const after = ({ pid, close, endedAt }: Long, ms: number): boolean =>
    close || endedAt > (toldAt.get(pid) ?? Infinity) + ms;
  const closeCall = transport.name === "http" ? CLOSE_CALL_MS : CLOSE_CALL_TLS_MS;
  const least = short.length + long.filter((one) => after(one, closeCall)).length;
  const most = short.length + long.filter((one) => after(one, -closeCall)).length;
  const crossed = { http: 0, https: CLIENTS, h2: Infinity }[transport.name];
  return { least, most: most + crossed };
}

function servedBy<T extends { readonly pid: number }>(seen: readonly T[], leavers: readonly Leaver[]): T[] {
  return seen.filter(({ pid }) => leavers.some((leaver) => leaver.pid === pid));
}

async function reloadUnderLoad(
  t: TestContext,
  { transport, reloads, rate, longMs }: Scale,
): Promise<{ drover: ReadyDrover; seen: Seen }> {
  const releases = byLink(t);
  const came = join(temporaryFolder(t), "came");
  releases.deploy("release 1", site("release 1"));
  const drover = await start(
    t,
    releases.entry,
    transport.serve({
      flags: ["--probation", "200ms", "--log-level", "debug", "--drain-timeout", "60s"],
      env: { RECORD_FILE: came },
    }),
  );
  const target = transport.target(drover);
  const sockets = startWebSockets(t, target, { count: SOCKETS, paths: ["/", "/", "/", "/", "/pieces"] });
  const stream = startEventStream(t, target);
  const downloads = repeat(t, () => download(target, { bytes: 5_000_000, ms: longMs }).done);
  const uploads = repeat(t, () => upload(target, { pieces: longMs / 100, everyMs: 100 }));
  // They leave it to the server to say `Connection: close`: from that a client knows that its worker was told to leave.
  const load = startLoad(t, target, { clients: CLIENTS, rate, postEvery: 2, sayClose: false });
  await until(() => sockets.open === SOCKETS, "all WebSockets to echo");
  await stream.hears("release 1");

  const [from, before] = [performance.now(), load.samples.length];
  await reloadAll(drover, releases, reloads);
  const perSecond = ((load.samples.length - before) * 1000) / (performance.now() - from);
  await stream.hears(`release ${reloads + 1}`);
  const samples = await load.stop();
  const seen: Seen = {
    samples,
    perSecond,
    failures: describe(load.failures),
    refused: load.unprocessed,
    came: new Set(readFileSync(came, "utf8").split("\n")),
    farewells: await sockets.stop(),
    streams: await stream.stop(),
    downloads: await downloads.stop(),
    uploads: await uploads.stop(),
  };
  return { drover, seen };
}

function keep(seen: Seen, { transport, reloads, longMs }: Scale): void {
  const { samples, refused, perSecond, farewells, streams, downloads, uploads } = seen;
  const long = [...downloads, ...uploads];
  const ended = streams.filter(({ how }) => how !== "left");
  const lost = [
    samples.filter(({ answer }) => answer.outcome !== "ok" && answer.outcome !== "unprocessed"),
    long.filter(({ outcome }) => outcome !== "ok"),
    farewells.filter(({ how }) => how !== "told"),
    ended.filter(({ how }) => how !== "clean"),
  ];
  record({
    fault: `${reloads} rolling reloads in a row of 2 workers${transport.over}`,
    sent: samples.length + long.length + farewells.length + ended.length,
    lost: lost.flat().length,
    note:
      `none; ${Math.round(perSecond)} requests a second, half POST, beside ${SOCKETS} WebSockets (${farewells.length} told 1012), ` +
      `${ended.length} event streams ended cleanly, ${downloads.length} downloads of ${longMs / 1000} s and ${uploads.length} slow uploads byte for byte` +
      (refused.length > 0 ? `; ${refused.length} were refused before the app saw them: they may be sent again` : ""),
  });
}

async function judge(t: TestContext, scale: Scale): Promise<void> {
  const { drover, seen } = await reloadUnderLoad(t, scale);
  const reloads = reloadsIn(drover);
  keep(seen, scale);

  await t.test(`fail none of ${seen.samples.length} requests, half of them POSTs`, () => {
    assert.equal(seen.failures, "");
    const posts = seen.samples.filter(({ method }) => method === "POST").length;
    assert.ok(Math.abs(posts / seen.samples.length - 0.5) < 0.05, `${posts} POSTs`);
    assert.ok(seen.perSecond >= scale.leastRate, `${Math.round(seen.perSecond)} requests a second`);
  });

  await t.test("refuse only what the app has not seen", () => {
    assert.deepEqual(
      seen.refused.filter(({ id }) => seen.came.has(id)),
      [],
    );
  });

  await t.test("let long downloads and slow uploads finish, byte for byte", () => {
    const long = [...seen.downloads, ...seen.uploads];
    assert.deepEqual(new Set(long.map(({ outcome }) => outcome)), new Set(["ok"]));
    const leavers = reloads.flatMap((reload) => reload.leavers);
    const crossed = servedBy(long, leavers).filter(({ close, headAt, endedAt, pid }) => {
      const toldAt = leavers.find((leaver) => leaver.pid === pid)?.toldAt ?? Infinity;
      return close || (headAt < toldAt && toldAt < endedAt);
    });
    assert.ok(crossed.length >= scale.reloads, `${crossed.length} were under way when their worker was told to leave`);
  });

  await t.test("tell every WebSocket between two frames that another worker takes over (1012)", () => {
    const ends = new Set(seen.farewells.map(({ how, code, detail }) => `${how} ${code} ${detail}`));
    assert.deepEqual(ends, new Set(["told 1012 "]));
    assert.ok(seen.farewells.length >= SOCKETS * scale.reloads * 0.5, `${seen.farewells.length} were told`);
  });

  await t.test("end event streams at the end of an event, and their clients find the new release", () => {
    const ended = seen.streams.filter(({ how }) => how !== "left");
    assert.deepEqual(new Set(ended.map(({ how }) => how)), new Set(["clean"]));
    assert.ok(ended.length >= scale.reloads);
  });

  for (const [index, { line, leavers }] of reloads.entries()) {
    await t.test(`${index + 1}: the ledger is what the clients saw`, () => {
      const { finished, ...rest } = line as unknown as Ledger;
      const { least, most } = expected(leavers, seen, scale);
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
  assert.equal(reloads.length, scale.reloads);
}

for (const transport of transports) {
  const scale = scaleOf(transport);
  test(`${scale.reloads} rolling reloads under load${transport.over}`, (t) => judge(t, scale));
}
