import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { basename, delimiter, dirname, join } from "node:path";
import { text } from "node:stream/consumers";
import { suite, test, type TestContext } from "node:test";
import type { PackageFacts } from "../../../src/deploy/docker/install.ts";
import { renderSwap } from "../../../src/deploy/docker/swap.ts";
import { startEngine, type Call, type Done } from "../../support/engine.ts";
import { temporaryFolder } from "../../support/fixture.ts";
import { within } from "../../support/wait.ts";
import { imageOf } from "./images.ts";

interface Swap {
  readonly folder: string;
  /** What Docker was called with. */
  readonly calls: Call[];
  readonly run: (...words: readonly string[]) => Promise<{ readonly code: number; readonly said: string }>;
}

/** The script, beside a Docker that does nothing and answers as given. It does not sleep. */
async function swapWith(
  t: TestContext,
  answer: (words: string, folder: string) => Done | Promise<Done>,
  { env: more = {}, facts = {} }: { readonly env?: NodeJS.ProcessEnv; readonly facts?: Partial<PackageFacts> } = {},
): Promise<Swap> {
  const folder = join(temporaryFolder(t), "deploy");
  const [script, bin] = [join(folder, "swap"), join(folder, "bin")];
  mkdirSync(bin, { recursive: true });
  writeFileSync(script, renderSwap(await imageOf(t, {}, facts), { app: ".." }));
  chmodSync(script, 0o755);
  symlinkSync("/bin/true", join(bin, "sleep"));
  mkdirSync(join(folder, "aside"));
  const calls: Call[] = [];
  const env = await startEngine(t, (call) => {
    calls.push(call);
    return answer(call.words.join(" "), folder);
  });
  return {
    folder,
    calls,
    run: async (...words) => {
      const PATH = [bin, env["PATH"]].join(delimiter);
      // From elsewhere: it finds its files itself.
      const options = { cwd: dirname(folder), env: { ...env, ...more, PATH } };
      const child = spawn(`${basename(folder)}/swap`, words, { ...options, stdio: ["ignore", "pipe", "pipe"] });
      const said = Promise.all([text(child.stdout), text(child.stderr)]);
      const [code] = (await within(once(child, "close"), "the end of swap")) as [number];
      return { code, said: (await said).join("") };
    },
  };
}

function halvesIn(calls: readonly Call[]): string[] {
  return calls.flatMap(({ words, tag }) => (words.includes("up") ? `${words.at(-1)}: ${tag}` : []));
}

const OK: Done = { code: 0 };

suite("the script swap", () => {
  test("puts a half aside before it is replaced, and not the other", async (t) => {
    const aside: boolean[][] = [];
    const { run, calls, folder } = await swapWith(t, (words, where) => {
      if (words.includes("up")) aside.push(["web-1", "web-2"].map((half) => existsSync(join(where, "aside", half))));
      return OK;
    });
    const { code, said } = await run("7");
    assert.equal(code, 0, said);
    assert.deepEqual(halvesIn(calls), ["web-1: 7", "web-2: 7"]);
    assert.deepEqual(aside, [
      [true, false],
      [false, true],
    ]);
    assert.ok(!existsSync(join(folder, "aside", "web-2")));
  });

  test("builds an image that is not there, and none that is", async (t) => {
    const built = async (code: number): Promise<boolean> => {
      const { run, calls } = await swapWith(t, (words) => (words.startsWith("image") ? { code } : OK));
      await run("7");
      return calls.some(({ words }) => words.join(" ") === "build --file Dockerfile --tag shop:7 ..");
    };
    assert.deepEqual([await built(1), await built(0)], [true, false]);
  });

  test("gives the build the .npmrc where there is one", async (t) => {
    const { run, calls, folder } = await swapWith(t, (words) => ({ code: words.startsWith("image") ? 1 : 0 }), {
      facts: { files: ["package-lock.json", ".npmrc"] },
    });
    await run("7");
    writeFileSync(join(folder, "../.npmrc"), "");
    await run("8");
    assert.deepEqual(
      calls.flatMap(({ words }) => (words[0] === "build" ? [words.join(" ")] : [])),
      [
        "build --file Dockerfile --tag shop:7 ..",
        "build --file Dockerfile --tag shop:8 --secret id=npmrc,src=../.npmrc ..",
      ],
    );
  });

  test("changes nothing when the build fails", async (t) => {
    const { run, calls } = await swapWith(t, () => ({ code: 1 }));
    assert.notEqual((await run("7")).code, 0);
    assert.deepEqual(halvesIn(calls), []);
  });

  test("keeps what else is in .env, and its mode", async (t) => {
    const { run, folder } = await swapWith(t, () => OK);
    writeFileSync(join(folder, ".env"), "NET=10.99.1\nTAG=6\nREDIS_URL=redis://cache\n", { mode: 0o600 });
    await run("7");
    assert.equal(readFileSync(join(folder, ".env"), "utf8"), "NET=10.99.1\nREDIS_URL=redis://cache\nTAG=7\n");
    assert.equal(statSync(join(folder, ".env")).mode & 0o777, 0o600);
  });

  test("begins with the half that an earlier one has left aside, and says how to go back", async (t) => {
    const { run, calls, folder } = await swapWith(t, (words) => (words.endsWith("web-2") ? { code: 1 } : OK));
    writeFileSync(join(folder, ".env"), "TAG=6\n");
    const { code, said } = await run("7");
    assert.equal(code, 1);
    assert.match(said, /web-2 is not ready with 7[^]*docker compose logs web-2\. Back: \.\/swap 6/);
    assert.equal(readFileSync(join(folder, ".env"), "utf8"), "TAG=6\n");
    await run("6");
    assert.deepEqual(halvesIn(calls), ["web-1: 7", "web-2: 7", "web-2: 6"]);
  });

  test("is refused while another one is under way, which goes on", async (t) => {
    const begun = Promise.withResolvers<void>();
    const goOn = Promise.withResolvers<Done>();
    const { run } = await swapWith(t, (words) => {
      if (words.includes("up")) begun.resolve();
      return words.includes("up") ? goOn.promise : OK;
    });
    const first = run("7");
    await begun.promise;
    const second = await run("8");
    assert.equal(second.code, 1);
    assert.match(second.said, /another swap is under way/);
    goOn.resolve(OK);
    assert.equal((await first).code, 0);
    assert.equal((await run("8")).code, 0);
  });

  test("finds its files whatever CDPATH says", async (t) => {
    const elsewhere = temporaryFolder(t);
    const { run, folder } = await swapWith(t, () => OK, { env: { CDPATH: elsewhere } });
    mkdirSync(join(elsewhere, basename(folder)));
    const { code, said } = await run("7");
    assert.equal(code, 0, said);
    assert.equal(readFileSync(join(folder, ".env"), "utf8"), "TAG=7\n");
  });

  test("without a folder that nginx looks into says so, and replaces nothing", async (t) => {
    const { run, calls, folder } = await swapWith(t, () => OK);
    rmSync(join(folder, "aside"), { recursive: true });
    const { code, said } = await run("7");
    assert.equal(code, 1);
    assert.match(said, /^expected the folder .*\/aside, .*got none\. .*: docker compose restart nginx/);
    assert.deepEqual(calls, []);
  });

  test("that cannot lock says why, and not that another is under way", async (t) => {
    const { run, folder } = await swapWith(t, () => OK);
    const mkdir = join(folder, "bin", "mkdir");
    writeFileSync(mkdir, "#!/bin/sh\necho 'mkdir: Read-only file system' >&2\nexit 1\n", { mode: 0o755 });
    const { code, said } = await run("7");
    assert.equal(code, 1);
    assert.match(said, /^expected .*\/aside to be writable, got mkdir: Read-only file system$/m);
    assert.doesNotMatch(said, /another swap/);
  });

  test("without a release that can be a tag says how it is called", async (t) => {
    const { run, calls, folder } = await swapWith(t, () => OK);
    for (const words of [[], ["7", "8"], [""], ["--help"], [".7"], ["a b"], ["7\n8"], ["a/b"], ["é"]]) {
      const { code, said } = await run(...words);
      assert.equal(code, 2, JSON.stringify(words));
      assert.match(said, /usage: \.\/swap RELEASE/);
    }
    assert.deepEqual(calls, []);
    assert.ok(!existsSync(join(folder, ".env")));
    assert.equal((await run("_v1.2-rc")).code, 0);
  });
});
