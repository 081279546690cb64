import assert from "node:assert/strict";
import { readdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { suite, test, type TestContext } from "node:test";
import type { Check } from "../../../src/cli/doctor/checks.ts";
import { checkStore } from "../../../src/cli/doctor/store.ts";
import { resolveIn, type Given } from "../../config/resolve-in.ts";
import { freePort, temporaryFolder } from "../../support/fixture.ts";
import { startRedis } from "../../support/redis.ts";

async function checksIn(t: TestContext, given: Given, home?: string): Promise<readonly Check[]> {
  const folder = temporaryFolder(t);
  const env = { ...given.env, DROVER_HOME: home ?? join(folder, "home") };
  const resolved = await resolveIn(folder, { ...given, env });
  const before = readdirSync(folder);
  const checks = await checkStore(resolved, env);
  assert.deepEqual(readdirSync(folder), before, "nothing is created");
  return checks;
}

suite("doctor says of the store", () => {
  test("where it would be", async (t) => {
    const [check] = await checksIn(t, { flags: { name: "shop" } });
    assert.equal(check?.state, "ok");
    assert.match(check.message, /^sqlite:.*\/home\/state\/shop\/store\.db$/);
  });

  test("that it would be in memory, and what to do", async (t) => {
    const home = join(temporaryFolder(t), "home");
    writeFileSync(home, "");
    const [check] = await checksIn(t, {}, home);
    assert.equal(check?.state, "warning");
    assert.match(check.message, /cannot be written \(ENOTDIR\)/);
    if (process.platform === "linux") assert.match(check.fix ?? "", /DROVER_HOME/);
  });

  test("that a file of the user's own choice cannot be written", async (t) => {
    const [check] = await checksIn(t, { flags: { store: "sqlite:app.js/store.db" } });
    assert.equal(check?.state, "warning");
    assert.match(check.message, /app\.js\/store\.db cannot be written \(ENOTDIR\)$/);
    assert.match(check.fix ?? "", /--store/);
  });

  test("that a file of the user's own choice cannot be one", async (t) => {
    const own = join(temporaryFolder(t), "own.txt");
    writeFileSync(own, "not to be overwritten");
    const files: readonly (readonly [store: string, problem: RegExp])[] = [
      [`sqlite:${dirname(own)}`, /is a folder$/],
      [`sqlite:${own}`, /own\.txt is there, and is no SQLite file$/],
      ...(process.platform === "linux" ? ([["sqlite:/proc/shop/store.db", /cannot be (made|written)/]] as const) : []),
    ];
    for (const [store, problem] of files) {
      const [check] = await checksIn(t, { flags: { store } });
      assert.equal(check?.state, "warning");
      assert.match(check.message, problem);
    }
  });

  test("that a Redis answers, and not its password", async (t) => {
    const redis = await startRedis(t, ["--requirepass", "s3cret"]);
    if (redis === undefined) return;
    const env = { REDIS_URL: redis.url.replace("//", "//:s3cret@") };
    assert.deepEqual(await checksIn(t, { env }), [{ name: "store", state: "ok", message: `${redis.url} answers` }]);
    const wrong = { REDIS_URL: redis.url.replace("//", "//:wr0ng@") };
    const [check, ...more] = await checksIn(t, { env: wrong });
    assert.deepEqual(more, []);
    assert.equal(check?.state, "warning");
    assert.equal(check.message, `${redis.url}: Redis refuses the user or the password`);
  });

  test("that a Redis cannot be reached, and why", async (t) => {
    const closed = `redis://127.0.0.1:${await freePort()}`;
    const [refused] = await checksIn(t, { flags: { store: closed } });
    assert.deepEqual([refused?.state, refused?.message], ["warning", `${closed}: connection refused`]);
    assert.match(refused?.fix ?? "", /mend the address.*503/);
    const [unknown] = await checksIn(t, { flags: { store: "redis://cache.invalid" } });
    // Without a name server nobody knows.
    assert.match(
      unknown?.message ?? "",
      /^redis:\/\/cache\.invalid: (the host is unknown|the host's name cannot|.*time)/,
    );
  });

  test("that REDIS_URL is not understood, in the env file too", async (t) => {
    const env = { REDIS_URL: "redis://:secret@a,redis://:secret@b" };
    const checks = await checksIn(t, { env });
    assert.deepEqual(
      checks.map(({ state }) => state),
      ["warning", "ok"],
    );
    assert.match(checks[0]?.message ?? "", /REDIS_URL.*embedded/);
    assert.doesNotMatch(JSON.stringify(checks), /secret/);
    assert.equal((await checksIn(t, { env, flags: { store: "embedded" } })).length, 1);
    const inFile = { file: { envFile: ".env" }, files: { ".env": "REDIS_URL=cache" } };
    assert.equal((await checksIn(t, inFile)).length, 2);
  });

  test("that its user is none of this machine", async (t) => {
    const [check] = await checksIn(t, { flags: { user: "nobody-of-that-name" } });
    assert.deepEqual([check?.name, check?.state], ["user", "problem"]);
    assert.match(check?.message ?? "", /nobody-of-that-name/);
  });
});
