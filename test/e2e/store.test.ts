import assert from "node:assert/strict";
import { chmodSync, mkdirSync, renameSync, rmdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { suite, test } from "node:test";
import type { Snapshot } from "../../src/protocol/control.ts";
import { request } from "../support/client.ts";
import { launch, start, type Drover, type ReadyDrover } from "../support/drover.ts";
import { app, temporaryFolder } from "../support/fixture.ts";
import { kill } from "../support/proc.ts";
import { startRedis } from "../support/redis.ts";
import { until } from "../support/wait.ts";

const APP = app("store/store.js");
const CACHE = "redis://cache.invalid:6379/0";
const MEMORY = `/dev/shm/drover-${process.geteuid?.() ?? 0}`;
const hasMemory = statSync("/dev/shm", { throwIfNoEntry: false })?.isDirectory() === true;

async function ask({ port }: Pick<ReadyDrover, "port">, path: string): Promise<string> {
  const { response } = await request({ port }, { path });
  return response?.body.toString() ?? "";
}

async function storeOf(drover: ReadyDrover): Promise<string> {
  return (JSON.parse(await ask(drover, "/where")) as { store: string }).store;
}

/** Has the worker of that slot say something of a store. */
async function say(drover: ReadyDrover, slot: number, reason: string | null): Promise<void> {
  const path = `/say?slot=${slot}&store=${CACHE}${reason === null ? "" : `&reason=${reason.replaceAll(" ", "+")}`}`;
  await until(async () => (await ask(drover, path)) === "true", `worker ${slot} to say it`);
}

/** What the workers of these slots read, as soon as each of them can. */
async function readFrom(drover: ReadyDrover, slots: readonly number[]): Promise<readonly unknown[]> {
  const read = new Map<number, unknown>();
  await until(async () => {
    const answer = await ask(drover, "/get?key=a");
    if (!answer.startsWith("{")) return false;
    const { slot, value } = JSON.parse(answer) as { slot: number; value: unknown };
    return read.set(slot, value).size === slots.length;
  }, "an answer of each worker");
  return slots.map((slot) => read.get(slot));
}

async function statusOf({ verb }: Drover): Promise<Snapshot> {
  return JSON.parse((await verb("status", "--json")).stdout) as Snapshot;
}

suite("the store", () => {
  test("is told to the workers, and to people without its password", async (t) => {
    const env = { REDIS_URL: "redis://ada:secret@cache.invalid:6379/0" };
    const drover = await start(t, APP, { env, flags: ["--name", "shop"] });
    assert.equal(await storeOf(drover), `${env.REDIS_URL}?prefix=shop`);
    assert.equal((await statusOf(drover)).store, "redis://cache.invalid:6379/0");
    const said = [await drover.verb("status"), await drover.verb("status", "--json"), await drover.verb("ls")];
    await drover.stop();
    assert.doesNotMatch(JSON.stringify([said, drover.log.lines]), /secret/);
  });

  test("is embedded where REDIS_URL was meant for others, and the log says so", async (t) => {
    const env = { REDIS_URL: "redis://:secret@a:1,redis://:secret@b:2" };
    const drover = await start(t, APP, { env, flags: ["--name", "shop"] });
    assert.equal(await storeOf(drover), `sqlite:${drover.home}/state/shop/store.db`);
    assert.match((await drover.log.event("redis-url-ignored")).msg ?? "", /REDIS_URL.*so the store is sqlite:\//);
    assert.doesNotMatch(JSON.stringify(drover.log.lines), /secret/);
  });

  test("is another one after a reload that says so", async (t) => {
    const folder = temporaryFolder(t);
    const configFile = join(folder, "drover.config.json");
    const use = (store: string): void => writeFileSync(configFile, JSON.stringify({ store }));
    use("sqlite:data/one.db");
    const drover = await start(t, APP, { flags: ["-c", configFile, "--probation", "0"] });
    assert.equal(await storeOf(drover), `sqlite:${folder}/data/one.db`);
    use("redis://ada:secret@cache.invalid");
    assert.equal((await drover.verb("reload")).code, 0);
    assert.match(await storeOf(drover), /^redis:\/\/ada:secret@cache\.invalid\?prefix=/);
    const { msg } = await drover.log.event("store-moved");
    assert.equal(
      msg,
      `the store is redis://cache.invalid from now on: what is in sqlite:${folder}/data/one.db stays there`,
    );
    assert.equal((await statusOf(drover)).store, "redis://cache.invalid");
    assert.doesNotMatch(JSON.stringify(drover.log.lines), /secret/);
  });

  test("is in memory, with one warning, where Drover's folder cannot be written", { skip: !hasMemory }, async (t) => {
    const home = temporaryFolder(t);
    // In place of the folder: root may write to any folder.
    writeFileSync(join(home, "state"), "");
    const name = `test-${process.pid}`;
    t.after(() => {
      rmSync(join(MEMORY, name), { recursive: true, force: true });
      try {
        rmdirSync(MEMORY);
      } catch {
        // Another's app is there, too.
      }
    });
    const drover = await start(t, APP, { env: { DROVER_HOME: home }, flags: ["--name", name] });
    const [warning, ...more] = drover.log.events("store-in-memory");
    assert.deepEqual(more, []);
    assert.match(warning?.msg ?? "", /state\/test-\d+\/store\.db cannot be written \(ENOTDIR\): .*not the machine/);
    assert.equal((await statusOf(drover)).store, `sqlite:${MEMORY}/${name}/store.db`);
    assert.match(await storeOf(drover), /store\.db\?maxSize=\d+$/);
    assert.equal(statSync(MEMORY).mode & 0o777, 0o700);
    assert.equal(await ask(drover, "/set?key=a&value=1"), "null");
    assert.equal(statSync(join(MEMORY, name, "store.db")).mode & 0o777, 0o600);
  });

  test("stays where it is when a reload finds its folder gone for a moment", async (t) => {
    const drover = await start(t, APP, { flags: ["--name", "shop", "--probation", "0"] });
    assert.equal(await ask(drover, "/set?key=a&value=1"), "null");
    const [folder, aside] = [join(drover.home, "state"), join(drover.home, "aside")];
    renameSync(folder, aside);
    // In place of a disk that turned read-only, where root could write all the same.
    writeFileSync(folder, "");
    assert.equal((await drover.verb("reload")).code, 0);
    assert.equal((await statusOf(drover)).store, `sqlite:${folder}/shop/store.db`);
    rmSync(folder);
    renameSync(aside, folder);
    assert.deepEqual(await readFrom(drover, [1, 2]), ["1", "1"]);
    assert.equal((await drover.verb("reload")).code, 0);
    assert.deepEqual(await readFrom(drover, [1, 2]), ["1", "1"]);
    for (const event of ["store-moved", "store-in-memory"]) assert.deepEqual(drover.log.events(event), []);
  });

  test("is in a folder of the workers' user", { skip: process.getuid?.() !== 0 && "only root may" }, async (t) => {
    const folder = temporaryFolder(t);
    chmodSync(folder, 0o755);
    const flags = ["--user", "65534", "--group", "65534", "--name", "shop"];
    const drover = await start(t, APP, { env: { STATE_DIRECTORY: folder }, flags });
    assert.equal(await storeOf(drover), `sqlite:${folder}/shop/store.db`);
    const { uid, gid, mode } = statSync(join(folder, "shop"));
    assert.deepEqual([uid, gid, mode & 0o777], [65_534, 65_534, 0o700]);
    assert.equal(await ask(drover, "/set?key=a&value=1"), "null");
  });

  test("keeps what one worker wrote for the others, those after them, and those after Drover itself", async (t) => {
    const options = { env: { DROVER_HOME: temporaryFolder(t) }, flags: ["--name", "shop"] };
    const drover = await start(t, APP, options);
    assert.equal(await ask(drover, "/set?key=a&value=1"), "null");
    assert.deepEqual(await readFrom(drover, [1, 2]), ["1", "1"]);
    const pids = [...drover.workers().values()];
    for (const pid of pids) kill(pid, "SIGKILL");
    await until(
      () => drover.workers().size === 2 && !pids.some((pid) => [...drover.workers().values()].includes(pid)),
      "new workers",
    );
    assert.deepEqual(await readFrom(drover, [1, 2]), ["1", "1"]);
    await drover.stop("SIGKILL");
    const after = await start(t, APP, options);
    assert.deepEqual(await readFrom(after, [1, 2]), ["1", "1"]);
  });
});

suite("a store that cannot do its work", () => {
  test("is told once for all workers, shown by status and ls, and no reason to be unready", async (t) => {
    const drover = await start(t, APP, { flags: ["--admin", "0"] });
    const { url } = await drover.log.event("admin-listening");
    const ready = async (): Promise<string> => {
      const admin = { port: Number(new URL(String(url)).port) };
      const { response } = await request(admin, { path: "/readyz?verbose" });
      return `${response?.status} ${response?.body.toString()}`;
    };
    assert.doesNotMatch(await ready(), /store/);
    await say(drover, 2, "connection refused");
    await say(drover, 1, "no answer");
    const { msg } = await drover.log.event("store-degraded");
    assert.equal(
      msg,
      `the store ${CACHE} is not available: connection refused (worker 2); requests that need it are answered 503`,
    );
    const degraded = await until(async () => {
      const [one] = (await statusOf(drover)).degraded;
      return one?.slots.length === 2 && one;
    }, "both workers to have said so");
    const { ms, ...trouble } = degraded;
    assert.deepEqual(trouble, { store: CACHE, reason: "connection refused", slots: [1, 2] });
    assert.ok(Number.isInteger(ms) && ms >= 0);
    assert.match((await drover.verb("status")).stdout, /^ {2}degraded +redis:.*connection refused \(workers 1, 2\)/m);
    assert.match((await drover.verb("ls")).stdout, /running, degraded/);
    assert.match(await ready(), /^200 [^]*^\[\+\]store ok: degraded: redis:.*: connection refused$/m);

    await say(drover, 1, null);
    await until(async () => (await statusOf(drover)).degraded[0]?.slots.length === 1, "one to have recovered");
    assert.deepEqual(drover.log.events("store-recovered"), []);
    await say(drover, 2, null);
    const { msg: recovered } = await drover.log.event("store-recovered");
    assert.match(recovered ?? "", /^the store redis:\/\/cache\.invalid:6379\/0 is available again, after \d/);
    assert.deepEqual((await statusOf(drover)).degraded, []);
    assert.doesNotMatch(await ready(), /store/);
    assert.equal(drover.log.events("store-degraded").length, 1);
  });

  test("fails the requests that need it, and is well again when it is mended", async (t) => {
    const folder = temporaryFolder(t);
    const file = join(folder, "file");
    writeFileSync(file, "");
    const drover = await start(t, APP, { flags: ["--store", `sqlite:${file}/store.db`] });
    const { response } = await request({ port: drover.port }, { path: "/set?key=a&value=1" });
    assert.equal(response?.status, 503);
    await drover.log.event("store-degraded");
    const pids = [...drover.workers().values()];
    rmSync(file);
    const isWell = async (): Promise<boolean> => (await ask(drover, "/set?key=a&value=1")) === "null";
    await until(async () => (await isWell()) && drover.log.events("store-recovered").length === 1, "the recovery");
    assert.deepEqual(await readFrom(drover, [1, 2]), ["1", "1"]);
    assert.deepEqual((await statusOf(drover)).degraded, []);
    assert.deepEqual([...drover.workers().values()], pids);
  });

  test("is told without a request where a Redis is away from the start", async (t) => {
    // Nobody listens there.
    const url = "redis://127.0.0.1:1";
    const drover = await start(t, APP, { env: { REDIS_URL: url }, args: ["--open-at-boot"] });
    const degraded = await until(async () => {
      const [one] = (await statusOf(drover)).degraded;
      return one?.slots.length === 2 && one;
    }, "both workers to have said so");
    assert.deepEqual([degraded.store, degraded.reason], [url, "connection refused"]);
    assert.match((await drover.verb("status")).stdout, /^ {2}degraded +redis:.*connection refused \(workers 1, 2\)/m);
  });

  test("may be a Redis that is away for a while: nobody is unready or restarted, and what it kept is there again", async (t) => {
    const redis = await startRedis(t);
    if (redis === undefined) return;
    const drover = await start(t, APP, { env: { REDIS_URL: redis.url }, flags: ["--admin", "0"] });
    const { url } = await drover.log.event("admin-listening");
    const admin = { port: Number(new URL(String(url)).port) };
    assert.equal(await ask(drover, "/set?key=a&value=1"), "null");
    assert.deepEqual(await readFrom(drover, [1, 2]), ["1", "1"]);
    const pids = [...drover.workers().values()];

    await redis.stop();
    const { response } = await request({ port: drover.port }, { path: "/get?key=a" });
    assert.equal(response?.status, 503);
    const { msg } = await until(async () => {
      await ask(drover, "/get?key=a");
      return drover.log.events("store-degraded")[0];
    }, "the degradation to be told");
    assert.match(msg ?? "", /^the store redis:\/\/127\.0\.0\.1:\d+ is not available: .+ \(worker [12]\); requests/);
    assert.equal((await statusOf(drover)).degraded.length, 1);
    assert.equal((await request(admin, { path: "/readyz" })).response?.status, 200);
    assert.equal((await request({ port: drover.port }, { path: "/where" })).response?.status, 200);

    await redis.start();
    await drover.log.event("store-recovered");
    assert.deepEqual(await readFrom(drover, [1, 2]), ["1", "1"]);
    assert.deepEqual([...drover.workers().values()], pids);
  });

  test("is forgotten with the worker that missed it", async (t) => {
    const drover = await start(t, APP);
    await say(drover, 1, "connection refused");
    await drover.log.event("store-degraded");
    kill(drover.workers().get(1) ?? 0, "SIGKILL");
    const { msg } = await drover.log.event("store-recovered");
    assert.match(msg ?? "", /is missed no more: the last worker that could not use it has ended/);
    assert.deepEqual((await statusOf(drover)).degraded, []);
  });

  test("is not taken from a message that makes no sense", async (t) => {
    const drover = await start(t, APP, { workers: 1 });
    await ask(drover, "/nonsense");
    assert.equal((await drover.log.event("message-ignored"))["type"], "store");
    assert.deepEqual((await statusOf(drover)).degraded, []);
  });

  test("is no news when the app is stopped", async (t) => {
    const drover = await start(t, APP, { workers: 1 });
    await say(drover, 1, "connection refused");
    await drover.log.event("store-degraded");
    await drover.stop();
    assert.deepEqual(drover.log.events("store-recovered"), []);
  });

  test("that no client of the app can talk to ends a boot at the first attempt, with what to do about it", async (t) => {
    const folder = temporaryFolder(t);
    const client = join(folder, "node_modules/@redis/client");
    mkdirSync(client, { recursive: true });
    writeFileSync(join(client, "package.json"), '{ "name": "@redis/client", "version": "1.6.0" }');
    const entry = join(folder, "app.mjs");
    const kv = new URL("../../dist/store/kv.js", import.meta.url).href;
    writeFileSync(entry, `import { openKv } from "${kv}";\nopenKv({});\n`);
    const drover = launch(t, entry, { workers: 1, env: { REDIS_URL: "redis://127.0.0.1:1" } });
    assert.deepEqual(await drover.exit, { code: 3, signal: null });
    const said = drover.log.lines.map(({ raw }) => raw).join("\n");
    assert.match(
      said,
      /expected @redis\/client 5 or later, got 1\.6\.0[^]*npm install @redis\/client.*--store embedded/,
    );
    assert.equal(drover.log.events("worker-died").length, 1);
  });
});
