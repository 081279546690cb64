import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync, renameSync, statSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { suite, test, type TestContext } from "node:test";
import { request } from "../support/client.ts";
import { launch, runCli, type Drover, type DroverOptions } from "../support/drover.ts";
import { app, temporaryFolder } from "../support/fixture.ts";
import { linesAcross, rotatedNames } from "../support/log-files.ts";
import type { LogLine } from "../support/log-reader.ts";
import { until } from "../support/wait.ts";

interface Logged {
  readonly drover: Drover;
  readonly path: string;
  readonly port: number;
}

/** Every line of the log as an object; none while a rotation is under way. */
function logged(path: string): readonly LogLine[] {
  try {
    return linesAcross(path).map((raw): LogLine => ({ raw, ...JSON.parse(raw) }));
  } catch {
    return [];
  }
}

async function event(path: string, name: string): Promise<LogLine> {
  return await until(() => logged(path).find((line) => line.event === name), `event ${name} in ${path}`);
}

async function started(t: TestContext, entry: string, options: DroverOptions = {}): Promise<Logged> {
  const path = join(temporaryFolder(t), "logs", "web.log");
  const drover = launch(t, app(entry), { ...options, flags: ["--log-file", path, ...(options.flags ?? [])] });
  const ready = await event(path, "ready");
  return { drover, path, port: Number(new URL(String(ready["url"])).port) };
}

async function writeLines(port: number, from: number, count: number): Promise<void> {
  const { outcome } = await request({ port }, { path: `/${from}/${count}` });
  assert.equal(outcome, "ok");
}

function numbers(lines: readonly LogLine[]): number[] {
  return lines.flatMap(({ msg }) => (msg?.startsWith("line ") ? [Number(msg.slice(5))] : []));
}

function upTo(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index);
}

test("everything said goes to the log file, nothing to stdout and stderr", async (t) => {
  const { drover, path, port } = await started(t, "supervision/noisy.js", { workers: 1 });
  await request({ port });
  assert.deepEqual(await drover.stop(), { code: 0, signal: null });
  assert.deepEqual(drover.log.lines, []);
  const lines = logged(path);
  for (const stream of ["stdout", "stderr"])
    assert.ok(lines.some((line) => line.stream === stream && line.msg === `to ${stream}` && line.slot === 1));
  assert.equal(lines.at(-1)?.event, "stopped");
  assert.equal(statSync(path).mode & 0o777, 0o640 & ~process.umask());
});

test("the pretty format is written without colours, even if they are forced", async (t) => {
  const path = join(temporaryFolder(t), "web.log");
  const flags = ["--log-file", path, "--log-format", "pretty"];
  const drover = launch(t, app("background.js"), {
    workers: 1,
    flags: [...flags, "--no-listen"],
    env: { FORCE_COLOR: "1" },
  });
  await until(() => existsSync(path) && /is ready/.test(readFileSync(path, "utf8")), "the line that says ready");
  await drover.stop();
  const text = readFileSync(path, "utf8");
  assert.match(text, /^\d\d:\d\d:\d\d drover Drover /);
  assert.match(text, /^\[1 \d+\] started /m);
  assert.ok(!text.includes("\u001B"));
});

suite("a flood of lines from two workers through many small rotations", () => {
  for (const [title, flags] of [
    ["and gzips", []],
    ["without gzip", ["--no-log-compress"]],
  ] as const) {
    test(`is all there, each line once and in the order of its worker: ${title}`, async (t) => {
      const LINES = 15_000;
      const limits = ["--log-max-size", "100KB", "--log-max-files", "10000"];
      const { drover, path } = await started(t, "supervision/chatty.js", {
        env: { LINES: String(LINES) },
        flags: [...limits, ...flags],
      });
      await drover.stop();
      const lines = logged(path);
      assert.ok(rotatedNames(path).length > 20, "many rotations");
      const pids = lines.filter(({ event }) => event === "worker-ready").map(({ pid }) => pid);
      assert.equal(pids.length, 2);
      for (const pid of pids) {
        const own = lines.filter((line) => line.pid === pid && line.msg?.startsWith("word ")).map(({ msg }) => msg);
        assert.equal(own.length, LINES);
        assert.equal(
          own.findIndex((msg, index) => msg !== `word ${index} of ${pid}`),
          -1,
        );
      }
    });
  }
});

suite("a file that somebody has moved is opened anew", () => {
  for (const [title, order] of [
    ["on USR1", ({ drover }: Logged) => drover.signal("SIGUSR1")],
    [
      "by drover reopen",
      async ({ drover, path }: Logged) => {
        const { code, stdout } = await drover.verb("reopen");
        assert.equal(code, 0);
        assert.ok(stdout.includes(`${path} was opened anew`), stdout);
      },
    ],
  ] as const) {
    test(`${title}, and no line is lost`, async (t) => {
      const all = await started(t, "logs/lines.js", { workers: 1 });
      const { drover, path, port } = all;
      await writeLines(port, 0, 100);
      renameSync(path, `${path}.moved`);
      await writeLines(port, 100, 100);
      await order(all);
      await until(() => statSync(path, { throwIfNoEntry: false }) !== undefined, "the new file");
      await writeLines(port, 200, 100);
      await drover.stop();
      const [old, fresh] = [logged(`${path}.moved`), logged(path)];
      assert.deepEqual(numbers([...old, ...fresh]), upTo(300));
      assert.ok(numbers(fresh).includes(299) && numbers(old).includes(99));
    });
  }
});

test("a file that cannot grow costs lines, which are counted, and neither holds up nor ends the app", async (t) => {
  const { drover, path, port } = await started(t, "logs/lines.js", { workers: 1 });
  const limit = (bytes: string): void => {
    execFileSync("prlimit", ["--pid", String(drover.pid), `--fsize=${bytes}:`]);
  };
  limit(String(statSync(path).size + 10_000));
  for (let round = 0; round < 20; round += 1) await writeLines(port, round * 100, 100);
  await drover.log.find("the trouble on stderr", ({ raw }) => raw.includes(`${path} cannot be written`));
  limit("unlimited");
  await writeLines(port, 2000, 1);
  const { lost } = await event(path, "log-lines-lost");
  await drover.stop();
  const found = numbers(logged(path));
  assert.ok(Number(lost) > 0);
  assert.equal(found.length + Number(lost), 2001);
  assert.deepEqual(
    found,
    found.toSorted((a, b) => a - b),
  );
  assert.equal(drover.log.lines.length, 1, "said once");
});

suite("a log file that will not do ends the start:", () => {
  test("one that cannot be opened, with exit code 78", async (t) => {
    const drover = runCli(t, ["start", app("http.js"), "-p", "0", "--log-file", temporaryFolder(t)]);
    assert.equal((await drover.exit).code, 78);
    assert.match(drover.log.tail(), /^error: expected a log file .* got a folder \[LOG_UNAVAILABLE\]$/m);
  });

  test("one together with --no-log-prefix, with exit code 2", async (t) => {
    const drover = runCli(t, ["start", app("http.js"), "-p", "0", "--no-log-prefix", "--log-file", "web.log"]);
    assert.equal((await drover.exit).code, 2);
    assert.match(drover.log.tail(), /^error: flag --no-log-prefix, log\.prefix: expected true.*\[USAGE\]$/m);
  });
});

test("an app that cannot start says so on stderr, and what came before is in the file", async (t) => {
  const server = createServer().listen(0);
  await once(server, "listening");
  t.after(() => server.close());
  const { port } = server.address() as AddressInfo;
  const path = join(temporaryFolder(t), "web.log");
  const drover = launch(t, app("http.js"), { port, flags: ["--log-file", path] });
  assert.equal((await drover.exit).code, 1);
  assert.match(drover.log.tail(), /\[ADDRESS_IN_USE\]/);
  assert.equal(logged(path)[0]?.event, "primary-started");
});
