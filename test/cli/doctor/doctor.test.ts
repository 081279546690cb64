import assert from "node:assert/strict";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { join } from "node:path";
import { suite, test, type TestContext } from "node:test";
import { checkMachine, checkVariables, type Check, type Machine } from "../../../src/cli/doctor/checks.ts";
import { temporaryFolder } from "../../support/fixture.ts";
import { drover } from "../built-cli.ts";

const healthy: Machine = {
  node: "24.1.0",
  nghttp2: "1.67.0",
  cpus: { count: 4, why: "4 CPUs" },
  workers: 4,
  memoryBytes: 2 ** 32,
  openFiles: 65_536,
  pid: 77,
  init: "systemd",
  nodeEnv: undefined,
};

type Row = readonly [title: string, machine: Partial<Machine>, name: string, state: Check["state"], says: RegExp];

const rows: readonly Row[] = [
  ["an even Node is fine", {}, "node", "ok", /24\.1\.0/],
  ["an odd Node is a warning", { node: "25.0.0" }, "node", "warning", /25\.0\.0.*even/],
  ["an HTTP/2 that counts its own resets is fine", {}, "http/2", "ok", /nghttp2 1\.67\.0/],
  [
    "an HTTP/2 that does not is a warning",
    { nghttp2: "1.64.0" },
    "http/2",
    "warning",
    /1\.64\.0.*MadeYouReset.*Update Node/,
  ],
  ["no HTTP/2 at all is a warning", { nghttp2: null }, "http/2", "warning", /http2: off/],
  ["a worker per CPU is fine", {}, "cpus", "ok", /4 workers, 4 CPUs/],
  ["more workers than CPUs are a warning", { workers: 8 }, "cpus", "warning", /--workers auto/],
  ["enough memory is fine", {}, "memory", "ok", /4096 MB for 4 workers/],
  ["little memory for a worker is a warning", { memoryBytes: 2 ** 28 }, "memory", "warning", /fewer/],
  ["many open files are fine", {}, "open files", "ok", /65536/],
  ["few open files are a warning", { openFiles: 1024 }, "open files", "warning", /ulimit/],
  ["fewer than the workers need are a problem", { openFiles: 64, workers: 32 }, "open files", "problem", /ulimit/],
  ["a limit that cannot be told is no problem", { openFiles: null }, "open files", "ok", /cannot be told/],
  ["an init is fine", {}, "init", "ok", /systemd/],
  ["to be PID 1 is a warning", { pid: 1 }, "init", "warning", /docker run --init/],
  ["Node as PID 1 is a warning", { init: "node" }, "init", "warning", /docker run --init/],
  ["NODE_ENV unset is fine", {}, "NODE_ENV", "ok", /production/],
  ["NODE_ENV of production is fine", { nodeEnv: "production" }, "NODE_ENV", "ok", /production/],
  [
    "another NODE_ENV is a warning",
    { nodeEnv: "development" },
    "NODE_ENV",
    "warning",
    /development.*NODE_ENV=production/,
  ],
];

suite("doctor on the machine", () => {
  for (const [title, machine, name, state, says] of rows) {
    test(title, () => {
      const check = checkMachine({ ...healthy, ...machine }).find((candidate) => candidate.name === name);
      assert.equal(check?.state, state);
      assert.match(`${check.message} ${check.fix ?? ""}`, says);
      assert.equal(check.fix === undefined, state === "ok");
    });
  }
});

test("doctor names a mistyped variable and the one that was meant, and leaves the others alone", () => {
  const env = { DROVER_DRAIN_TIMOUT: "5s", DROVER_BOOT_TIMEOUT: "5s", DROVER_HOME: "/run", DRAIN_TIMOUT: "x" };
  assert.deepEqual(
    checkVariables(env).map(({ state, message, fix }) => [state, message, fix]),
    [["warning", "no option reads DROVER_DRAIN_TIMOUT", "Did you mean DROVER_DRAIN_TIMEOUT?"]],
  );
});

function folderWith(t: TestContext, config: object, entry = "app.js"): string {
  const folder = temporaryFolder(t);
  writeFileSync(join(folder, entry), "");
  writeFileSync(join(folder, "drover.config.json"), JSON.stringify(config));
  return folder;
}

async function checksOf(cwd: string, args: readonly string[] = []) {
  const { code, stdout } = await drover(["doctor", "--json", ...args], { cwd });
  const answer = JSON.parse(stdout) as { version: number; ok: boolean; checks: readonly Check[] };
  return { code, ...answer, of: (name: string) => answer.checks.filter((check) => check.name === name) };
}

suite("doctor on the app", () => {
  test("finds nothing wrong with an app that can start", async (t) => {
    const { code, version, ok, of } = await checksOf(folderWith(t, { port: 0 }));
    assert.deepEqual([code, version, ok], [0, 1, true]);
    assert.match(of("entry")[0]?.message ?? "", /app\.js, found by its name/);
    assert.equal(of("config")[0]?.state, "ok");
    assert.equal(of("address")[0]?.message, "any free port");
  });

  test("finds a port that is taken, and which", async (t) => {
    const server = createServer().listen(0);
    await once(server, "listening");
    t.after(() => server.close());
    const { port } = server.address() as AddressInfo;
    const { code, ok, of } = await checksOf(folderWith(t, { port }));
    assert.deepEqual([code, ok], [1, false]);
    assert.deepEqual([of("address")[0]?.state, of("address")[0]?.message], ["problem", `port ${port} is taken`]);
  });

  test("checks every address of listen", async (t) => {
    const { code, of } = await checksOf(
      folderWith(t, { listen: ["0", "192.0.2.1:8080", "unix:web.sock", "unix:no/web.sock"] }),
    );
    assert.equal(code, 1);
    assert.deepEqual(
      of("address").map(({ state }) => state),
      ["ok", "problem", "ok", "problem"],
    );
  });

  for (const [title, config, state] of [
    ["a log file that can be created", { log: { file: "logs/web.log" } }, "ok"],
    ["a log file in a place that is no folder", { log: { file: "app.js/web.log" } }, "problem"],
    ["a log file that is a folder", { log: { file: "." } }, "problem"],
    ["no log file, for the one of the background", {}, "ok"],
  ] as const) {
    test(`looks at the log: ${title}`, async (t) => {
      const { of } = await checksOf(folderWith(t, { port: 0, ...config }));
      assert.deepEqual(
        of("log").map((check) => check.state),
        [state],
      );
    });
  }

  test("needs no address of a background worker", async (t) => {
    const { of } = await checksOf(folderWith(t, { listen: false }));
    assert.equal(of("address")[0]?.state, "ok");
  });

  test("finds a wrong configuration", async (t) => {
    const { code, of } = await checksOf(folderWith(t, { prot: 1 }));
    assert.equal(code, 1);
    assert.equal(of("config")[0]?.fix, 'Did you mean "port"?');
  });

  for (const [entry, source, line] of [
    ["app.js", "const a = 1;\nconst b = ;\n", 2],
    ["app.mjs", 'import "node:fs";\n\nexport default {,};\n', 3],
  ] as const) {
    test(`finds a syntax error in ${entry}, and where`, async (t) => {
      const folder = folderWith(t, { port: 0 }, entry);
      writeFileSync(join(folder, entry), source);
      const { code, of } = await checksOf(folder);
      assert.equal(code, 1);
      assert.equal(of("syntax")[0]?.state, "problem");
      assert.ok(of("syntax")[0]?.message.startsWith(`${join(folder, entry)}:${line}: SyntaxError: Unexpected token`));
    });
  }

  test("only warns of a syntax error where a loader may rewrite the entry", async (t) => {
    const folder = folderWith(t, { port: 0, nodeOptions: ["--import", "jsx"] });
    writeFileSync(join(folder, "app.js"), "const a = <p/>;\n");
    const { code, of } = await checksOf(folder);
    assert.deepEqual([code, of("syntax")[0]?.state], [0, "warning"]);
  });

  test("neither runs the entry nor complains of an ES module or TypeScript", async (t) => {
    for (const [entry, source] of [
      ["app.js", 'import "node:fs";\nawait 1;\nthrow new Error("run");\n'],
      ["app.ts", "const a: number = 1;\nexport default a;\n"],
    ] as const) {
      const folder = folderWith(t, { port: 0 }, entry);
      writeFileSync(join(folder, entry), source);
      assert.equal((await checksOf(folder)).code, 0);
    }
  });

  test("warns of a stop that the platform would cut short", async (t) => {
    const cwd = folderWith(t, { port: 0, timeouts: { drain: "40s" } });
    const { stdout } = await drover(["doctor", "--json"], { cwd, env: { KUBERNETES_SERVICE_HOST: "10.0.0.1" } });
    const { checks } = JSON.parse(stdout) as { checks: readonly Check[] };
    const stop = checks.find(({ name }) => name === "stop");
    assert.equal(stop?.state, "warning");
    assert.match(stop.message, /46 s .*Kubernetes grants 30 s by default/);
    assert.match(stop.fix ?? "", /terminationGracePeriodSeconds: 46/);
  });

  test("finds that there is no app", async (t) => {
    const { code, of } = await checksOf(folderWith(t, {}, "README.md"));
    assert.equal(code, 1);
    assert.equal(of("entry")[0]?.state, "problem");
  });

  test("says it line by line, with what to do under what is not right", async (t) => {
    const { code, stdout } = await drover(["doctor"], { cwd: folderWith(t, { prot: 1 }) });
    assert.equal(code, 1);
    assert.match(stdout, /^problem {2}config {6}drover\.config\.json:1:2: .*"prot"\n {9}Did you mean "port"\?$/m);
    assert.match(stdout, /^ok {7}node/m);
  });
});
