import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { bodyOf, request, type Target } from "../support/client.ts";
import { start } from "../support/drover.ts";
import { type Redis, startRedis } from "../support/redis.ts";
import { percentile, startRegulars, type Visit } from "../support/regulars.ts";
import { LONG, record } from "../support/reliability.ts";
import { until } from "../support/wait.ts";

const WORKERS = 4;
const CALM_MS = LONG ? 5000 : 1500;
const AWAY_MS = LONG ? 10_000 : 2500;
const CLIENTS = 4;
// The store answers within 300 ms, in a process that has a CPU of its own: how fast all is, is judged where the machine is free.
const LONGEST_MS = 400;
const BACK_MS = 2000;

const entry = fileURLToPath(new URL("../../examples/sessions/express.ts", import.meta.url));

const FAULTS: readonly {
  readonly what: string;
  readonly begin: (redis: Redis) => Promise<void>;
  readonly end: (redis: Redis) => Promise<void>;
}[] = [
  { what: "is stopped", begin: (redis) => redis.stop(), end: (redis) => redis.start() },
  { what: "hangs", begin: (redis) => redis.freeze(), end: async (redis) => redis.thaw() },
];

async function logIn(target: Target): Promise<string> {
  const headers = { "content-length": "0" };
  const answer = await request(target, { method: "POST", path: "/login?name=Ada", headers });
  bodyOf(answer);
  return /^[^;]+/.exec(answer.response?.headers.get("set-cookie") ?? "")?.[0] ?? "";
}

/** Who somebody with a session is; a refusal says nothing about that. */
function names(visits: readonly Visit[]): unknown[] {
  const served = visits.filter(({ status }) => status === 200);
  return [...new Set(served.map(({ body }) => (JSON.parse(body) as { name: unknown }).name))];
}

for (const { what, begin, end } of FAULTS)
  test(`Redis ${what} for a while: who has no session does not notice, who has one is asked to come again and stays logged in`, async (t: TestContext) => {
    const redis = await startRedis(t);
    if (redis === undefined) return;
    const drover = await start(t, entry, {
      workers: WORKERS,
      env: { DROVER_STORE: redis.url },
      flags: ["--admin", "0"],
    });
    const target = { port: drover.port };
    const admin = { port: Number(new URL(String((await drover.log.event("admin-listening"))["url"])).port) };
    const workers = new Set(drover.workers().values());
    const cookie = await until(() => logIn(target).catch(() => undefined), "a login");

    const anonymous = startRegulars(t, target, { count: CLIENTS, path: "/me" });
    const members = startRegulars(t, target, { count: CLIENTS, path: "/me", headers: { cookie } });
    const checks = startRegulars(t, admin, { count: 1, path: "/readyz", keepAlive: false });
    await delay(CALM_MS);
    const lost = performance.now();
    await begin(redis);
    await delay(AWAY_MS);
    // A restarted Redis says when it is there.
    await end(redis);
    const returned = performance.now();
    const served = await until(async () => {
      const since = Math.max(returned, ...members.visits.filter(({ status }) => status !== 200).map(({ to }) => to));
      return members.visits.filter(({ from }) => from > since).length >= 20 * CLIENTS && since;
    }, "sessions to be served again");
    await Promise.all([anonymous.stop(), members.stop(), checks.stop()]);

    const refused = members.visits.filter(({ status }) => status !== 200);
    const calm = anonymous.visits.filter(({ to }) => to < lost);
    const during = anonymous.visits.filter(({ from, to }) => from > lost && to < returned);
    const figures = {
      anonymousP99: [calm, during].map((visits) => Math.round(percentile(visits, 0.99) * 10) / 10),
      slowestSession: Math.round(percentile(members.visits, 1)),
      backAfter: Math.round(served - returned),
      anonymous: anonymous.visits.length,
      sessions: members.visits.length,
      refused: refused.length,
    };
    t.diagnostic(JSON.stringify(figures));
    record({
      fault: `Redis ${what} for ${AWAY_MS / 1000} s, ${WORKERS} workers keep their sessions there`,
      sent: anonymous.visits.length + members.visits.length,
      lost: anonymous.visits.filter(({ status }) => status !== 200).length,
      note: `none without a session (99 % within ${figures.anonymousP99[1]} ms, before that ${figures.anonymousP99[0]} ms); ${refused.length} with one were told to come again, after ${figures.slowestSession} ms at most; all were served ${figures.backAfter} ms after its return, nobody logged out`,
    });

    assert.deepEqual(new Set(anonymous.visits.map(({ status }) => status)), new Set([200]));
    assert.deepEqual(names(anonymous.visits), [null]);
    assert.deepEqual(new Set(refused.map(({ status, retryAfter }) => `${status} ${retryAfter}`)), new Set(["503 1"]));
    assert.deepEqual(names(members.visits), ["Ada"], "nobody is logged out");
    if (LONG) assert.ok(figures.slowestSession < LONGEST_MS, `the slowest took ${figures.slowestSession} ms`);
    if (LONG) assert.ok(figures.backAfter < BACK_MS, `served again after ${figures.backAfter} ms`);
    assert.deepEqual(new Set(checks.visits.map(({ status }) => status)), new Set([200]), "it stays ready");
    assert.deepEqual(new Set(drover.workers().values()), workers, "no worker died");
  });
