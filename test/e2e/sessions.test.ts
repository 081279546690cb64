import assert from "node:assert/strict";
import { join } from "node:path";
import { suite, test, type TestContext } from "node:test";
import { fileURLToPath } from "node:url";
import { start, type ReadyDrover } from "../support/drover.ts";
import { temporaryFolder } from "../support/fixture.ts";
import { kill } from "../support/proc.ts";
import { startRedis } from "../support/redis.ts";
import { rollCall, type Who } from "../support/roll-call.ts";
import { Visitor } from "../support/visitor.ts";
import { until } from "../support/wait.ts";

const WORKERS = 4;
/** examples/sessions/NAME.ts */
const EXAMPLES = ["express", "fastify", "koa", "hono"];

interface Engine {
  readonly name: string;
  /** Where the test's store is; `undefined`: it cannot be had here, and the test is skipped. */
  readonly url: (t: TestContext) => Promise<string | undefined>;
}

const ENGINES: readonly Engine[] = [
  { name: "the embedded store", url: async () => "embedded" },
  { name: "Redis", url: async (t) => (await startRedis(t))?.url },
];

/** An answer of an example: who it takes the visitor for, and which worker said so. */
interface Me {
  readonly name?: string | null;
  readonly pid: number;
}

/**
 * Where the machine is so busy that the store is not asked and answered in time, a visitor is told to come again; nobody is taken for somebody else, so that
 * coming again hides nothing.
 */
async function patiently(ask: () => Promise<Response>): Promise<Me> {
  const response = await until(async () => {
    const response = await ask();
    if (response.status !== 503) return response;
    assert.equal(response.headers.get("retry-after"), "1");
    await response.text();
    return undefined;
  }, "an answer other than 503");
  assert.equal(response.status, 200);
  return (await response.json()) as Me;
}

/** Who the visitor is for each of the workers: every one of them is asked. */
async function everywhere(drover: ReadyDrover, visitor: Visitor): Promise<(string | null)[]> {
  const ask = async (): Promise<Who & Me> => ({
    ...(await patiently(() => visitor.clone(drover.url).get("/me"))),
    slot: 0,
  });
  const heard = await rollCall(ask, WORKERS);
  assert.deepEqual(new Set(heard.map(({ pid }) => pid)), new Set(drover.workers().values()));
  return [...new Set(heard.map(({ name }) => (typeof name === "string" ? name : null)))];
}

async function logIn(drover: ReadyDrover, name: string): Promise<Visitor> {
  const visitor = new Visitor(drover.url);
  assert.equal((await patiently(() => visitor.post(`/login?name=${name}`))).name, name);
  return visitor;
}

async function killAll(drover: ReadyDrover): Promise<void> {
  const killed = [...drover.workers().values()];
  for (const pid of killed) kill(pid, "SIGKILL");
  await until(() => {
    const now = [...drover.workers().values()];
    return now.length === WORKERS && !now.some((pid) => killed.includes(pid));
  }, "every worker to be replaced");
}

for (const engine of ENGINES) {
  suite(`sessions in ${engine.name}`, () => {
    for (const example of EXAMPLES) {
      test(`examples/sessions/${example}.ts: logged in on one worker is logged in on all, through crashes, a reload and a restart; logged out as well`, async (t) => {
        const store = await engine.url(t);
        if (store === undefined) return;
        const env = { DROVER_HOME: join(temporaryFolder(t), "home"), DROVER_STORE: store };
        const entry = fileURLToPath(new URL(`../../examples/sessions/${example}.ts`, import.meta.url));
        const first = await start(t, entry, { workers: WORKERS, env, flags: ["--probation", "0"] });
        assert.deepEqual(await everywhere(first, new Visitor(first.url)), [null]);
        const ada = await logIn(first, "Ada");
        const bob = await logIn(first, "Bob");
        assert.deepEqual(await everywhere(first, ada), ["Ada"], "on all workers");

        await killAll(first);
        assert.deepEqual(await everywhere(first, ada), ["Ada"], "after kill -9 of all workers");

        assert.equal((await first.verb("reload")).code, 0);
        assert.deepEqual(await everywhere(first, ada), ["Ada"], "after a reload");

        await first.stop();
        const second = await start(t, entry, { workers: WORKERS, env });
        assert.deepEqual(await everywhere(second, ada), ["Ada"], "after a restart of the primary");

        await patiently(() => ada.clone(second.url).post("/logout"));
        assert.deepEqual(await everywhere(second, ada), [null], "logged out on all workers");
        assert.deepEqual(await everywhere(second, bob), ["Bob"], "and nobody else");
      });
    }
  });
}
