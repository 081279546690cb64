import assert from "node:assert/strict";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { request, type Answer, type RequestOptions } from "../support/client.ts";
import { start, type ReadyDrover } from "../support/drover.ts";
import { temporaryFolder } from "../support/fixture.ts";
import { until } from "../support/wait.ts";

const example = fileURLToPath(new URL("../../examples/express-ts/server.ts", import.meta.url));
const json = (body: unknown): Buffer => Buffer.from(JSON.stringify(body));
const bodyOf = ({ response }: Answer): unknown => JSON.parse(response?.body.toString() || "null");
const pidOf = ({ response }: Answer): number => Number(response?.headers.get("x-pid"));

/** A browser: it keeps the session's cookie, and each request is a connection of its own. */
class Browser {
  readonly #drover: () => ReadyDrover;
  #cookie = "";

  constructor(drover: () => ReadyDrover) {
    this.#drover = drover;
  }

  async ask(options: RequestOptions): Promise<Answer> {
    const headers = { cookie: this.#cookie, "content-type": "application/json" };
    const answer = await request({ port: this.#drover().port }, { ...options, headers });
    const set = answer.response?.headers.get("set-cookie");
    if (set?.startsWith("connect.sid=")) this.#cookie = set.slice(0, set.indexOf(";"));
    return answer;
  }

  /** Asks until the worker with this pid has answered, and not 503, as a machine that is busy may make it. */
  async askOf(pid: number, path: string): Promise<unknown> {
    const answers = () => Promise.all(Array.from({ length: 4 }, () => this.ask({ path })));
    const isIts = (answer: Answer) => pidOf(answer) === pid && answer.response?.status !== 503;
    return bodyOf(await until(async () => (await answers()).find(isIts), `an answer of ${pid}`));
  }
}

test("the example: what one worker writes all of them read, also after a kill and after a restart", async (t) => {
  const env = { DROVER_HOME: temporaryFolder(t), SESSION_SECRET: "of the tests" };
  const run = () => start(t, example, { workers: 3, env });
  let drover = await run();
  const workers = () => [...drover.workers().values()];
  const browser = new Browser(() => drover);

  const created = await browser.ask({ method: "POST", path: "/users", body: json({ name: "Ada" }) });
  const ada = { id: 1, name: "Ada" };
  assert.deepEqual([created.response?.status, bodyOf(created)], [201, ada]);
  const login = await browser.ask({ method: "POST", path: "/login", body: json({ name: "Grace" }) });
  assert.deepEqual(bodyOf(login), { name: "Grace" });
  const isKnownByAll = async () => {
    assert.equal(workers().length, 3);
    for (const pid of workers()) {
      assert.deepEqual(await browser.askOf(pid, "/login"), { name: "Grace" });
      assert.deepEqual(await browser.askOf(pid, "/users"), [ada]);
      assert.deepEqual(await browser.askOf(pid, "/users/1"), ada);
    }
  };
  await isKnownByAll();

  const killed = pidOf(await browser.ask({ method: "DELETE", path: "/worker" }));
  assert.ok(workers().includes(killed));
  await until(() => workers().length === 3 && !workers().includes(killed), "the killed worker's replacement");
  await isKnownByAll();

  await drover.stop();
  drover = await run();
  await isKnownByAll();

  assert.equal((await browser.ask({ method: "DELETE", path: "/login" })).response?.status, 204);
  assert.equal((await browser.ask({ method: "DELETE", path: "/users/1" })).response?.status, 204);
  for (const pid of workers()) {
    assert.deepEqual(await browser.askOf(pid, "/login"), { name: null });
    assert.deepEqual(await browser.askOf(pid, "/users"), []);
  }
  // Before its home is taken away.
  await drover.stop();
});

test("the example without its store: what needs it is answered 503, everything else as always", async (t) => {
  // Nobody listens there.
  const env = { DROVER_STORE: "redis://127.0.0.1:1", SESSION_SECRET: "of the tests" };
  const drover = await start(t, example, { workers: 1, env });
  const ask = (path: string) => request({ port: drover.port }, { path });
  const users = await ask("/users");
  assert.equal(users.response?.status, 503);
  assert.equal(users.response.headers.get("retry-after"), "1");
  assert.deepEqual(bodyOf(users), { error: "Service Unavailable" });
  for (const path of ["/", "/visits", "/worker"]) assert.equal((await ask(path)).response?.status, 200);
  assert.deepEqual(bodyOf(await ask("/login")), { name: null });
});
