import assert from "node:assert/strict";
import { chmodSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { suite, test, type TestContext } from "node:test";
import type { Handle } from "../../src/control/connection.ts";
import { homeOf, openRunFolder, socketOf } from "../../src/control/home.ts";
import { AppError } from "../../src/errors.ts";
import type { Command, Result } from "../../src/protocol/control.ts";
import { NO_CUTS, play, snapshot } from "../support/control.ts";
import { temporaryFolder } from "../support/fixture.ts";
import { drover, type Answer } from "./built-cli.ts";

interface Stage {
  readonly asked: Command[];
  readonly folder: string;
  readonly env: { readonly DROVER_HOME: string };
  readonly run: (...args: readonly string[]) => Promise<Answer>;
}

const RESULTS: { readonly [V in Command["verb"]]: (command: Command) => Result } = {
  status: () => ({ verb: "status", text: "", snapshot: snapshot() }),
  reload: () => ({ verb: "reload", text: "generation 2 serves", generation: 2, ledger: NO_CUTS }),
  upgrade: () => ({ verb: "upgrade", text: "Drover 1 → Drover 2", pid: 1, ledger: NO_CUTS }),
  restart: () => ({ verb: "restart", text: "generation 2 serves", generation: 2, ledger: NO_CUTS }),
  scale: () => ({ verb: "scale", text: "4 workers", workers: 4 }),
  stop: () => ({ verb: "stop", text: "stopped", ledger: NO_CUTS }),
  drain: () => ({ verb: "drain", text: "drained" }),
  undrain: () => ({ verb: "undrain", text: "undrained" }),
  reopen: () => ({ verb: "reopen", text: "opened anew" }),
  kill: () => ({ verb: "kill", text: "worker 1 is killed" }),
  certificates: () => ({ verb: "certificates", text: "", certificates: [] }),
  renew: () => ({ verb: "renew", text: "renewed" }),
  follow: () => ({ verb: "follow", text: "the app has ended" }),
};

/** A DROVER_HOME in which apps of these names run, and a folder without an app. */
async function stage(t: TestContext, names: readonly string[], handle?: Handle): Promise<Stage> {
  const env = { DROVER_HOME: temporaryFolder(t) };
  const home = homeOf(env);
  await openRunFolder(home);
  const asked: Command[] = [];
  for (const name of names) {
    await play(t, socketOf(home, name), async (command, tell, gone) => {
      asked.push(command);
      if (handle !== undefined) return await handle(command, tell, gone);
      if (command.verb === "status") return { verb: "status", text: "", snapshot: snapshot({ name }) };
      return RESULTS[command.verb](command);
    });
  }
  const folder = temporaryFolder(t);
  return { asked, folder, env, run: (...args) => drover(args, { cwd: folder, env }) };
}

function folderOf(t: TestContext, name: string): string {
  const folder = temporaryFolder(t);
  writeFileSync(join(folder, "package.json"), JSON.stringify({ name }));
  writeFileSync(join(folder, "app.js"), "");
  return folder;
}

suite("a verb", () => {
  const rows: readonly (readonly [args: string, command: Command, says: string])[] = [
    ["reload", { verb: "reload" }, "generation 2 serves"],
    ["restart", { verb: "restart" }, "generation 2 serves"],
    ["scale 4", { verb: "scale", to: 4 }, "4 workers"],
    ["scale +2", { verb: "scale", by: 2 }, "4 workers"],
    ["scale -1", { verb: "scale", by: -1 }, "4 workers"],
    ["stop", { verb: "stop", now: false }, "stopped"],
    ["stop --now", { verb: "stop", now: true }, "stopped"],
    ["drain", { verb: "drain" }, "drained"],
    ["undrain", { verb: "undrain" }, "undrained"],
    ["reopen", { verb: "reopen" }, "opened anew"],
  ];
  for (const [args, command, says] of rows) {
    test(`${args} asks the app and says how it ended, as one object with --json`, async (t) => {
      const { asked, run } = await stage(t, ["web"]);
      assert.deepEqual(await run(...args.split(" ")), { code: 0, stdout: `web: ${says}\n`, stderr: "" });
      const { code, stdout } = await run(...args.split(" "), "--json", "web");
      assert.equal(code, 0);
      assert.deepEqual(JSON.parse(stdout), { version: 1, ...RESULTS[command.verb](command) });
      assert.deepEqual(asked, [command, command]);
    });
  }

  test("that fails ends with the app's own error and its exit code, and stdout stays empty", async (t) => {
    const error = new AppError("RELOAD_FAILED", "generation 2 failed\nTypeError: oh\n    at app.js:1", "Mend it.");
    const { run } = await stage(t, ["web"], () => Promise.reject(error));
    assert.deepEqual(await run("reload", "--json"), {
      code: 1,
      stdout: "",
      stderr: "error: generation 2 failed [RELOAD_FAILED]\n  TypeError: oh\n      at app.js:1\n  Mend it.\n",
    });
  });

  test("says each step once on a line of stderr where that is no terminal", async (t) => {
    const { run } = await stage(t, ["web"], (command, progress) => {
      for (const text of ["worker 1 started", "worker 1 started", "worker 1 ready\nmore"])
        progress({ text, workers: [] });
      return Promise.resolve(RESULTS[command.verb](command));
    });
    const { stdout, stderr } = await run("reload");
    assert.deepEqual([stdout, stderr], ["web: generation 2 serves\n", "worker 1 started\nworker 1 ready\n"]);
  });
});

suite("status and ls", () => {
  test("print the snapshot as it is with --json", async (t) => {
    const { run } = await stage(t, ["web"]);
    assert.deepEqual(JSON.parse((await run("status", "--json")).stdout), snapshot());
    assert.deepEqual(JSON.parse((await run("ls", "--json")).stdout), { version: 1, apps: [snapshot()] });
  });

  test("print tables for people", async (t) => {
    const { run } = await stage(t, ["web", "api"]);
    const { code, stdout } = await run("ls");
    assert.equal(code, 0);
    assert.match(stdout, /^NAME .*\napi +running .*\nweb +running .*\n$/);
    assert.match((await run("status", "api")).stdout, /^api: running, .*\n[^]*^SLOT .*\n1 .*\n2 .*\n$/m);
  });

  test("ls of nothing is no error", async (t) => {
    const { run } = await stage(t, []);
    assert.deepEqual(await run("ls"), { code: 0, stdout: "no app is running\n", stderr: "" });
    assert.deepEqual(JSON.parse((await run("ls", "--json")).stdout), { version: 1, apps: [] });
  });

  test("ls shows the others when one gives no answer, and fails", async (t) => {
    const { run, env } = await stage(t, ["web"]);
    await play(t, socketOf(homeOf(env), "odd"), () => Promise.reject(new AppError("CONTROL_FAILED", "odd is odd")));
    const { code, stdout, stderr } = await run("ls");
    assert.deepEqual([code, stderr], [1, "odd is odd\n"]);
    assert.match(stdout, /^NAME .*\nweb .*\n$/);
  });
});

suite("the app a verb is for", () => {
  test("is the one that is named by a word, a flag or DROVER_NAME, the word before the variable", async (t) => {
    const { env } = await stage(t, ["web", "@my/api"]);
    const cwd = folderOf(t, "web");
    const answers = await Promise.all([
      drover(["drain", "@my/api"], { cwd, env }),
      drover(["drain", "--name", "@my/api"], { cwd, env }),
      drover(["drain"], { cwd, env: { ...env, DROVER_NAME: "@my/api" } }),
      drover(["drain", "@my/api"], { cwd, env: { ...env, DROVER_NAME: "web" } }),
    ]);
    for (const answer of answers) assert.deepEqual(answer, { code: 0, stdout: "@my/api: drained\n", stderr: "" });
  });

  test("is the one of this folder where that runs", async (t) => {
    const { env } = await stage(t, ["web", "@my/api"]);
    const { stdout } = await drover(["drain"], { cwd: folderOf(t, "@my/api"), env });
    assert.equal(stdout, "@my/api: drained\n");
  });

  test("is the only one that runs where this folder has none, or a configuration that is wrong", async (t) => {
    const { env, folder } = await stage(t, ["web"]);
    writeFileSync(join(folder, "drover.config.json"), '{ "prot": 1 }');
    assert.equal((await drover(["drain"], { cwd: temporaryFolder(t), env })).stdout, "web: drained\n");
    assert.equal((await drover(["drain"], { cwd: folder, env })).stdout, "web: drained\n");
  });

  const verbs = ["stop", "stop --now", "restart", "reload", "scale 2", "drain", "undrain", "reopen"];
  for (const args of [...verbs, "status", "status --json", "logs", "cert list"]) {
    test(`is not another folder's for ${args} where this folder has one that does not run`, async (t) => {
      const { env, asked } = await stage(t, ["web"]);
      const answer = await drover(args.split(" "), { cwd: folderOf(t, "other"), env });
      assert.deepEqual(answer, {
        code: 69,
        stdout: "",
        stderr:
          "error: expected this folder's app (other) to run, got none [NOT_RUNNING]\n  Another runs: web (/srv/web/app.js). Name it if that is meant.\n",
      });
      assert.deepEqual(asked, [{ verb: "status" }]);
    });
  }

  const own: readonly (readonly [title: string, file: string, content: string])[] = [
    ["a package.json alone", "package.json", "{}"],
    ["an entry alone", "server.ts", ""],
    ["an app beside a configuration that is wrong", "server.ts", '{ "prot": 1 }'],
  ];
  for (const [title, file, content] of own) {
    test(`is not another folder's to stop where this one has ${title}`, async (t) => {
      const { env, folder } = await stage(t, ["web"]);
      writeFileSync(join(folder, file), content);
      if (content.includes("prot")) writeFileSync(join(folder, "drover.config.json"), content);
      assert.equal((await drover(["stop"], { cwd: folder, env })).code, 69);
      assert.match((await drover(["status", "web"], { cwd: folder, env })).stdout, /^web: running/);
      assert.equal((await drover(["stop", "web"], { cwd: folder, env })).code, 0);
    });
  }

  test("is the only one that runs where that was started from this folder under another name", async (t) => {
    const cwd = folderOf(t, "other");
    const entry = join(cwd, "app.js");
    const { env } = await stage(t, ["web"], async (command) =>
      command.verb === "status"
        ? { verb: "status", text: "", snapshot: snapshot({ name: "web", entry }) }
        : RESULTS[command.verb](command),
    );
    assert.equal((await drover(["stop"], { cwd, env })).stdout, "web: stopped\n");
  });

  test("is the only one that runs of the several in this folder's config file", async (t) => {
    const { env } = await stage(t, ["web"]);
    const cwd = folderOf(t, "other");
    writeFileSync(join(cwd, "drover.config.json"), '{ "apps": { "web": { "port": 0 }, "api": { "port": 0 } } }');
    assert.equal((await drover(["stop"], { cwd, env })).stdout, "web: stopped\n");
  });

  const failures: readonly (readonly [title: string, names: readonly string[], args: string, answer: Answer])[] = [
    [
      "has to be named where several run",
      ["web", "api"],
      "stop",
      {
        code: 2,
        stdout: "",
        stderr: "error: expected the name of one of 2 running apps, got none [USAGE]\n  These run: api, web.\n",
      },
    ],
    [
      "must run",
      ["web"],
      "stop api",
      {
        code: 69,
        stdout: "",
        stderr: 'error: expected an app called "api" to run, got none [NOT_RUNNING]\n  These run: web.\n',
      },
    ],
    [
      "must be there at all",
      [],
      "status",
      {
        code: 69,
        stdout: "",
        stderr:
          "error: expected a running app, got none [NOT_RUNNING]\n  Apps of another user, or of another DROVER_HOME, are not seen from here.\n",
      },
    ],
  ];
  for (const [title, names, args, answer] of failures) {
    test(title, async (t) => {
      const { run, asked } = await stage(t, names);
      assert.deepEqual(await run(...args.split(" ")), answer);
      assert.deepEqual(asked, []);
    });
  }

  test("is not looked for in a folder that others may write to", async (t) => {
    const { run, env } = await stage(t, ["web"]);
    chmodSync(join(env.DROVER_HOME, "run"), 0o777);
    const { code, stderr } = await run("stop");
    assert.equal(code, 1);
    assert.match(stderr, /open to others \(mode 777\) \[CONTROL_FAILED\]\n {2}chmod 700 /);
  });
});

test("doctor checks the folder of control sockets", async (t) => {
  const { run, env } = await stage(t, []);
  const check = async (): Promise<string> => {
    const { checks } = JSON.parse((await run("doctor", "--json")).stdout) as {
      checks: readonly { name: string; state: string; message: string; fix?: string }[];
    };
    const { state, message, fix } = checks.find(({ name }) => name === "control") ?? {};
    return `${state}: ${message} ${fix}`;
  };
  const runFolder = join(env.DROVER_HOME, "run");
  assert.match(await check(), new RegExp(`^ok: ${runFolder} `));
  chmodSync(runFolder, 0o755);
  assert.match(await check(), /mode 755.*chmod 700/);
});
