import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import { fileURLToPath } from "node:url";
import { start, type ReadyDrover } from "../support/drover.ts";
import { temporaryFolder } from "../support/fixture.ts";
import { isAlive, kill } from "../support/proc.ts";
import { rollCall, type Who } from "../support/roll-call.ts";
import { Visitor } from "../support/visitor.ts";
import { until } from "../support/wait.ts";

const WORKERS = 4;

/** A Drover with the same DROVER_HOME each time: a restart of the primary when it is called again. */
function runs(t: TestContext, example: string): () => Promise<ReadyDrover> {
  const env = { DROVER_HOME: temporaryFolder(t) };
  const entry = fileURLToPath(new URL(`../../examples/sessions/${example}.ts`, import.meta.url));
  return () => start(t, entry, { workers: WORKERS, env });
}

/** Asks until every worker has said who it thinks this is. */
async function nameOnEach(drover: ReadyDrover, visitor: Visitor): Promise<unknown[]> {
  const pids = new Set(drover.workers().values());
  const ask = async (): Promise<Who> => {
    const who = await visitor.clone(drover.url).get("/me");
    return who.json() as Promise<Who>;
  };
  const heard = await rollCall(ask, WORKERS);
  assert.deepEqual(new Set(heard.map(({ pid }) => pid)), pids);
  return heard.map(({ name }) => name);
}

const ON_ALL = Array.from({ length: WORKERS }, () => "Ada");

async function replaced(drover: ReadyDrover, old: readonly number[]): Promise<void> {
  await until(() => {
    const now = [...drover.workers().values()];
    return now.length === WORKERS && !now.some((pid) => old.includes(pid));
  }, "all workers to be replaced");
}

for (const example of ["koa", "hono"])
  test(`examples/sessions/${example}.ts: who logged in on one worker is known on each, through crashes, a reload and a restart, and logs out of all`, async (t) => {
    const begin = runs(t, example);
    const first = await begin();
    const visitor = new Visitor(first.url);
    assert.equal((await visitor.post("/login?name=Ada")).status, 200);
    assert.deepEqual(await nameOnEach(first, visitor), ON_ALL);

    const killed = [...first.workers().values()];
    for (const pid of killed) kill(pid, "SIGKILL");
    await until(() => !killed.some(isAlive), "the end of all workers");
    await replaced(first, killed);
    assert.deepEqual(await nameOnEach(first, visitor), ON_ALL);

    const old = [...first.workers().values()];
    assert.equal((await first.verb("reload")).code, 0);
    await replaced(first, old);
    assert.deepEqual(await nameOnEach(first, visitor), ON_ALL);

    await first.stop();
    const second = await begin();
    assert.deepEqual(await nameOnEach(second, visitor), ON_ALL);

    assert.equal((await visitor.clone(second.url).post("/logout")).status, 200);
    assert.deepEqual(
      await nameOnEach(second, visitor),
      ON_ALL.map(() => null),
    );
  });
