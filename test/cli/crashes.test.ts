import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { suite, test, type TestContext } from "node:test";
import { renderCrash } from "../../src/cli/render-crash.ts";
import { renderCrashes } from "../../src/cli/render-crashes.ts";
import { crashesOf, homeOf } from "../../src/control/home.ts";
import { fileCrash } from "../../src/crashes/crash-files.ts";
import { addTo } from "../../src/crashes/filing.ts";
import type { Crash, Death } from "../../src/protocol/crash.ts";
import { death, filing } from "../support/crashes.ts";
import { temporaryFolder } from "../support/fixture.ts";
import { drover } from "./in-process.ts";

/** A DROVER_HOME with the reports of apps that do not run, and an empty folder to ask from. */
async function leftBehind(t: TestContext, ...apps: readonly string[]) {
  const env = { DROVER_HOME: temporaryFolder(t) };
  for (const app of apps) {
    const folder = crashesOf(homeOf(env), app);
    await fileCrash(folder, filing("exit-code | 7", Date.now() - 120_000));
    await fileCrash(folder, filing("hang | spin", Date.now() - 1_000));
  }
  return { cwd: temporaryFolder(t), env };
}

const [HANG, EXIT] = [filing("hang | spin", 0).id, filing("exit-code | 7", 0).id];

suite("drover crashes", () => {
  for (const args of [[], ["--name", "@me/shop"], ["@me/shop"]]) {
    test(`${args.join(" ")} lists what an app that does not run has left, the newest first`, async (t) => {
      const { code, stdout } = await drover(["crashes", ...args], await leftBehind(t, "@me/shop"));
      assert.equal(code, 0);
      assert.match(stdout, new RegExp(`^@me/shop: 2 causes of 2 deaths\n\nID[^\n]*\n${HANG}[^\n]*\n${EXIT} +2 min`));
    });
  }

  test("in an app's folder are that app's", async (t) => {
    const { cwd, env } = await leftBehind(t, "shop", "api");
    writeFileSync(join(cwd, "package.json"), '{ "name": "shop", "main": "app.js" }');
    writeFileSync(join(cwd, "app.js"), "");
    assert.match((await drover(["crashes"], { cwd, env })).stdout, /^shop: /);
    assert.match((await drover(["crashes", "api"], { cwd, env })).stdout, /^api: /);
  });

  for (const id of [EXIT, EXIT.slice(0, 3), EXIT.toUpperCase()]) {
    test(`${id} shows one in full`, async (t) => {
      const { stdout } = await drover(["crashes", id], await leftBehind(t, "shop"));
      assert.match(stdout, new RegExp(`^${EXIT}: exit code 7\n[^]*POST /export/7 +1.2 s\n[^]*exports everything\n`));
    });
  }

  const failures: readonly (readonly [args: readonly string[], apps: readonly string[], code: number, said: RegExp])[] =
    [
      [[], [], 69, /expected an app that runs or has crashed, got none \[NOT_RUNNING\]/],
      [["--name", "shop"], ["api"], 69, /app called "shop"[^]*There are: api/],
      [[], ["api", "shop"], 2, /expected --name with one of 2 apps[^]*There are: api, shop/],
      [["ffff"], ["shop"], 1, /crash report of shop, got one that no report has: "ffff" \[CRASH_NOT_FOUND\]/],
      [[""], ["shop"], 1, /crash report of shop, got one that no report has: "" \[CRASH_NOT_FOUND\]/],
      [["--name", "shop", "api"], ["api", "shop"], 1, /crash report of shop, got one that no report has: "api"/],
    ];
  for (const [args, apps, code, said] of failures) {
    test(`${args.join(" ")} with reports of ${apps.join(" and ") || "nobody"} ends with ${code}`, async (t) => {
      const answer = await drover(["crashes", ...args], await leftBehind(t, ...apps));
      assert.equal(answer.code, code);
      assert.match(answer.stderr, said);
    });
  }

  test("the beginning of two ids is that of none", async (t) => {
    const world = await leftBehind(t, "shop");
    const causes = Array.from({ length: 1_000 }, (_, code) => filing(`exit-code | ${code + 8}`, 0));
    const twin = causes.find(({ id }) => id.startsWith(EXIT.slice(0, 1)));
    assert.ok(twin);
    await fileCrash(crashesOf(homeOf(world.env), "shop"), twin);
    const { code, stderr } = await drover(["crashes", EXIT.slice(0, 1)], world);
    assert.equal(code, 1);
    assert.match(stderr, /got one that [23] reports begin with: "/);
  });

  test("--json is one versioned object, of all and of one", async (t) => {
    const world = await leftBehind(t, "shop");
    const all = JSON.parse((await drover(["crashes", "--json"], world)).stdout);
    assert.deepEqual([all.version, all.name, all.poison, all.crashes.length], [1, "shop", null, 2]);
    assert.equal(all.crashes[0].id, HANG);
    const one = JSON.parse((await drover(["crashes", EXIT, "--json"], world)).stdout);
    assert.deepEqual([one.version, one.id, one.last.text], [1, EXIT, "exit code 7"]);
  });

  test("folders that Drover did not name are nobody's reports", async (t) => {
    const { cwd, env } = await leftBehind(t, "shop");
    for (const foreign of ["100%", "%41pi"]) {
      const folder = join(env.DROVER_HOME, "crashes", foreign);
      mkdirSync(folder);
      writeFileSync(join(folder, "1.json"), "{}");
    }
    assert.match((await drover(["crashes"], { cwd, env })).stdout, /^shop: /);
  });

  test("a folder without reports is no app that has crashed", async (t) => {
    const { cwd, env } = await leftBehind(t);
    mkdirSync(join(crashesOf(homeOf(env), "web"), "node"), { recursive: true, mode: 0o700 });
    assert.equal((await drover(["crashes"], { cwd, env })).code, 69);
  });
});

/** One whose latest death was this. */
function crash(own: Partial<Death>): Crash {
  return addTo(null, { ...filing("x", 1_000), last: death(own) });
}

suite("what is printed", () => {
  test("names the poison route first", () => {
    const poison = { route: "POST /export", deaths: 7, of: 8, otherwise: 0.02 };
    const text = renderCrashes("web", [crash({})], poison, 2_000);
    assert.match(
      text,
      /^POST \/export was being answered in 7 of the 8 deaths[^\n]*; otherwise workers were answering it 2 % of the time/,
    );
  });

  test("of an app without a crash says so", () => {
    assert.equal(renderCrashes("web", [], null, 0), "web: no worker has crashed\n");
  });

  test("does nothing to a terminal, whatever an app or a client has said", () => {
    const evil = "\u001B[2J\u001B]0;owned\u0007\u202Eabc\r";
    const one = crash({
      text: evil,
      lines: [evil],
      error: { name: "Error", message: evil, stack: `Error: ${evil}\n    at ${evil}` },
      requests: {
        asOf: "beat",
        agoMs: 400,
        named: [{ method: "GET", path: `/${evil}`, ms: 1 }],
        culprit: null,
        count: 3,
      },
    });
    const text = renderCrash(one, 2_000) + renderCrashes("web", [one], null, 2_000);
    assert.doesNotMatch(text.replaceAll("\n", ""), /[\p{Cc}\p{Cf}]/u);
    assert.match(
      text,
      /Requests in flight at its last beat, 400 ms before its end\n[^]*and 2 more\n[^\n]*may be one of those/,
    );
  });

  for (const [own, said] of [
    [{ lines: null }, /did not pass through Drover/],
    [{ lines: [] }, /It had written nothing/],
    [{ requests: null }, /Requests in flight: not known/],
    [{ reason: "heap-out-of-memory" }, /Node left no diagnostic report/],
  ] as const) {
    test(`${JSON.stringify(own)} says ${said.source}`, () => assert.match(renderCrash(crash(own), 2_000), said));
  }

  test("of a hang says how much memory it had, and had at its last beat", () => {
    const beat = { agoMs: 14_000, rssBytes: 68 * 2 ** 20, heapUsedBytes: 1, eventLoopLagMs: 1, inFlight: 0 };
    const hung = crash({ reason: "hang", stack: "no stack", rssBytes: 2.3 * 2 ** 30, history: [beat] });
    assert.match(
      renderCrash(hung, 2_000),
      /hung\n {2}no stack\n\nIts memory when it was killed: 2\.3 GB, at its last beat 68 MB\n/,
    );
  });

  test("of a death that could not speak any more says what is not known of its requests, also where it had none", () => {
    const requests = { asOf: "beat", agoMs: 14_000, named: [], culprit: null, count: 0 } as const;
    const said =
      /^Requests in flight at its last beat, 14 s before its end: none\n {2}What has come since is not known/m;
    assert.match(renderCrash(crash({ requests }), 2_000), said);
  });

  test("of the last minute every tenth beat is shown, and the last", () => {
    const history = Array.from({ length: 25 }, (_, index) => {
      return {
        agoMs: (25 - index) * 1_000,
        rssBytes: 2 ** 20,
        heapUsedBytes: 2 ** 20,
        eventLoopLagMs: 1,
        inFlight: index,
      };
    });
    const rows = renderCrash(crash({ history }), 2_000).match(/^ {2}\d.* s +1 MB.*$/gm);
    assert.deepEqual(
      rows?.map((row) => row.trim().split(/ +/).at(-1)),
      ["4", "14", "24"],
    );
  });
});
