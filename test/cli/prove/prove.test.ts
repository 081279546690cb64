import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import { questionOf } from "../../../src/cli/prove/consent.ts";
import { homeOf, openRunFolder, socketOf } from "../../../src/control/home.ts";
import type { Command, Snapshot } from "../../../src/protocol/control.ts";
import { planOf } from "../../../src/prove/plan.ts";
import { play, snapshot, worker } from "../../support/control.ts";
import { freePort, temporaryFolder } from "../../support/fixture.ts";
import { drover } from "../in-process.ts";

/** An app called web that says this of itself; `asked` is what it was asked to do. */
async function playing(t: TestContext, own: Partial<Snapshot>) {
  const env = { DROVER_HOME: temporaryFolder(t) };
  await openRunFolder(homeOf(env));
  const asked: Command["verb"][] = [];
  await play(t, socketOf(homeOf(env), "web"), ({ verb }) => {
    asked.push(verb);
    return Promise.resolve({ verb: "status", text: "", snapshot: snapshot(own) });
  });
  const prove = (...args: readonly string[]) => drover(["prove", ...args], { cwd: env.DROVER_HOME, env });
  return { prove, asked };
}

function listening(address: string): Partial<Snapshot> {
  return { listeners: [{ address, protocol: "http", slot: null, coveredBy: null }] };
}

const rows: readonly (readonly [
  title: string,
  own: Partial<Snapshot>,
  args: readonly string[],
  code: number,
  said: RegExp,
])[] = [
  ["without a terminal and --yes", listening("*:3000"), [], 2, /expected a terminal .*\[USAGE\]\n +With --yes/],
  [
    "what neither reloads nor kills",
    listening("*:3000"),
    ["--yes", "--reloads", "0", "--kills", "0"],
    2,
    /expected a reload or a kill at least/,
  ],
  [
    "what neither reloads nor may kill",
    { ...listening("*:3000"), restart: "never" },
    ["--yes", "--reloads", "0"],
    2,
    /so none is killed\nerror: expected a reload or a kill at least/,
  ],
  ["a rate above its bound", listening("*:3000"), ["--yes", "--rate", "5000"], 2, /flag --rate/],
  [
    "an address that is not this machine's",
    listening("10.0.0.1:80"),
    ["--yes"],
    1,
    /got 10\.0\.0\.1:80 \(http\) \[PROVE_/,
  ],
  [
    "an app that is being reloaded",
    { ...listening("*:3000"), state: "reloading" },
    ["--yes"],
    1,
    /one that is reloading/,
  ],
];

for (const [title, own, args, code, said] of rows) {
  test(`${title} is refused, and nothing is done to the app`, async (t) => {
    const { prove, asked } = await playing(t, own);
    const answer = await prove(...args);
    assert.equal(answer.code, code);
    assert.match(answer.stderr, said);
    assert.deepEqual(asked, ["status"]);
  });
}

test("an app that does not answer to begin with is left alone", async (t) => {
  const { prove, asked } = await playing(t, listening(`127.0.0.1:${await freePort()}`));
  const { code, stderr } = await prove("--yes");
  assert.equal(code, 1);
  assert.match(stderr, /expected GET \/ of http:\/\/127.*, got none \(refused\) \[PROVE_IMPOSSIBLE\]/);
  assert.deepEqual(asked, ["status"]);
});

test("the question says what will be done, and what it means for an only worker", () => {
  const plan = planOf({ reloads: "1", kills: "2" });
  const question = questionOf(snapshot({ workers: [worker(1)] }), plan, "http://127.0.0.1:3000");
  assert.match(question, /reload it once.*\n.*kill a worker 2 times.*\nIt has one worker: .*\nGo on\? \[y\/N\] $/);
  const harmless = questionOf(snapshot(), planOf({ reloads: "1", kills: "0" }), "http://127.0.0.1:3000");
  assert.match(harmless, /reload it once, [^\n]*\.\nGo on/);
});
