import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { startHalves, type Halves } from "../support/halves.ts";
import { describe, startLoad, type Sample } from "../support/load.ts";
import { site } from "../support/releases.ts";
import { LONG, record } from "../support/reliability.ts";
import { until } from "../support/wait.ts";

const SWAPS = LONG ? 5 : 1;
const RATE = 300;
const CLIENTS = 24;
/** Answers that show who serves. */
const ENOUGH = 100;

type Load = ReturnType<typeof startLoad>;

/** The releases that answer once everything is answered that was asked before. */
async function answering(load: Load): Promise<Set<string | undefined>> {
  const before = load.samples.length;
  await until(() => load.samples.length > before + CLIENTS + ENOUGH, "answers");
  return releasesIn(load.samples.slice(before + CLIENTS));
}

function releasesIn(samples: readonly Sample[]): Set<string | undefined> {
  return new Set(samples.map(({ answer }) => answer.response?.headers.get("x-release")));
}

async function swapTo(halves: Halves, load: Load, tag: number): Promise<void> {
  const before = load.samples.length;
  halves.build(String(tag), site(`v${tag}`));
  const { code, said } = await halves.swap(String(tag));
  assert.equal(code, 0, said);
  assert.deepEqual(releasesIn(load.samples.slice(before)), new Set([`v${tag - 1}`, `v${tag}`]), "both have served");
  assert.deepEqual(await answering(load), new Set([`v${tag}`]), "nothing old serves on");
  assert.equal(releaseToStart(halves), String(tag));
}

/** What a later `docker compose up` would start. */
function releaseToStart({ folder }: Halves): string | undefined {
  return /^TAG=(.*)$/m.exec(readFileSync(join(folder, ".env"), "utf8"))?.[1];
}

async function failAndGoBack(t: TestContext, halves: Halves, load: Load, good: string): Promise<void> {
  halves.build("broken", 'throw new Error("broken");');
  const { code, said } = await halves.swap("broken");
  await t.test("a release that cannot start ends the swap, and the other half serves on", async () => {
    assert.equal(code, 1);
    assert.match(said, /web-1 is not ready with broken and gets no requests; the other half serves them all/);
    assert.ok(said.includes(`Back: ./swap ${good}`), said);
    assert.deepEqual(await answering(load), new Set([`v${good}`]));
    assert.deepEqual([halves.isAside("web-1"), halves.isAside("web-2"), releaseToStart(halves)], [true, false, good]);
  });
  const back = await halves.swap(good);
  await t.test("the way back is the same script", async () => {
    assert.equal(back.code, 0, back.said);
    assert.deepEqual(await answering(load), new Set([`v${good}`]));
    assert.deepEqual([halves.isAside("web-1"), halves.isAside("web-2")], [false, false]);
  });
}

test(`two halves behind nginx, swapped ${SWAPS} times under load`, async (t) => {
  const halves = await startHalves(t, site("v1"));
  if (halves === undefined) return;
  for (const half of halves.running().values()) assert.equal(half.workers().size, 1, "one worker on half of two CPUs");
  const load = startLoad(t, { port: halves.port }, { clients: CLIENTS, rate: RATE, postEvery: 2, sayClose: false });
  await until(() => load.samples.length > ENOUGH, "the load to be under way");
  const [from, before] = [performance.now(), load.samples.length];

  for (let tag = 2; tag <= SWAPS + 1; tag += 1) await swapTo(halves, load, tag);
  await failAndGoBack(t, halves, load, String(SWAPS + 1));

  const perSecond = ((load.samples.length - before) * 1000) / (performance.now() - from);
  const samples = await load.stop();
  record({
    fault: `two containers with half of the CPUs each, behind nginx: ${SWAPS} swaps one after the other, a release that does not start, and back`,
    sent: samples.length,
    lost: load.failures.length,
    note: `none; ${Math.round(perSecond)} requests a second, half POST; the script is that of \`drover deploy compose --two\`, primaries stand for the containers`,
  });
  await t.test(`none of ${samples.length} requests has failed`, () => assert.equal(describe(load.failures), ""));
});
