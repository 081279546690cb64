import assert from "node:assert/strict";
import { join } from "node:path";
import { suite, test, type TestContext } from "node:test";
import { fileURLToPath } from "node:url";
import { bodyOf, request, type Answer } from "../support/client.ts";
import { start, type ReadyDrover } from "../support/drover.ts";
import { temporaryFolder } from "../support/fixture.ts";
import { kill } from "../support/proc.ts";
import { startRedis } from "../support/redis.ts";
import { rollCall, type Who } from "../support/roll-call.ts";
import { until } from "../support/wait.ts";

const WORKERS = 4;
/** examples/sessions/NAME.ts */
const EXAMPLES = ["express", "fastify"] as const;

interface Engine {
  readonly name: string;
  /** Where the test's store is; `undefined`: it cannot be had here, and the test is skipped. */
  readonly url: (t: TestContext) => Promise<string | undefined>;
}

const ENGINES: readonly Engine[] = [
  { name: "the embedded store", url: async () => "embedded" },
  { name: "Redis", url: async (t) => (await startRedis(t))?.url },
];

/** Who somebody with this cookie is for every worker: each of them is asked, and names itself. */
async function everywhere(drover: ReadyDrover, cookie: string): Promise<unknown[]> {
  const ask = async (): Promise<Who> =>
    bodyOf(await request({ port: drover.port }, { path: "/me", headers: { cookie } })) as Who;
  const heard = await rollCall(ask, WORKERS);
  assert.deepEqual(new Set(heard.map(({ pid }) => pid)), new Set(drover.workers().values()));
  return [...new Set(heard.map(({ name }) => name ?? null))];
}

function post(drover: ReadyDrover, path: string, cookie = ""): Promise<Answer> {
  const headers = { "content-length": "0", ...(cookie && { cookie }) };
  return request({ port: drover.port }, { method: "POST", path, headers });
}

async function logIn(drover: ReadyDrover, name: string): Promise<string> {
  const answer = await post(drover, `/login?name=${name}`);
  bodyOf(answer);
  return /^[^;]+/.exec(answer.response?.headers.get("set-cookie") ?? "")?.[0] ?? "";
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
        const first = await start(t, entry, { workers: WORKERS, env });
        assert.deepEqual(await everywhere(first, ""), [null]);
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

        bodyOf(await post(second, "/logout", ada));
        assert.deepEqual(await everywhere(second, ada), [null], "logged out on all workers");
        assert.deepEqual(await everywhere(second, bob), ["Bob"], "and nobody else");
      });
    }
  });
}
