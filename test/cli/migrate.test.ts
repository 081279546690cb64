import assert from "node:assert/strict";
import { mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { suite, test, type TestContext } from "node:test";
import { temporaryFolder } from "../support/fixture.ts";
import { drover } from "./built-cli.ts";

const api = `{ name: "api", script: "server.js", cwd: "api", port: 4000, wait_ready: true, cron_restart: "0 0 * * *" }`;
const queue = `{ name: "queue", script: "queue.js", env: { A: 1 }, env_production: { A: 2 } }`;

/** Holds `api/server.js` and `queue.js` beside the files that are given. */
function folderWith(t: TestContext, files: Readonly<Record<string, string>>): string {
  const folder = temporaryFolder(t);
  for (const [name, text] of Object.entries({ "api/server.js": "", "queue.js": "", ...files })) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  return folder;
}

const formats: Readonly<Record<string, string>> = {
  "ecosystem.config.js": `module.exports = { apps: [${api}, ${queue}] };`,
  "ecosystem.config.cjs": `exports.apps = [${api}, ${queue}];`,
  "ecosystem.config.mjs": `export default { apps: [${api}, ${queue}] };`,
  "named/ecosystem.config.mjs": `export const apps = [${api}, ${queue}];`,
  "list.config.js": `module.exports = [${api}, ${queue}];`,
  "ecosystem.config.json": `{ "apps": [${api}, ${queue},], /* as pm2 allows */ }`,
  "process.json": `[${api}, ${queue}]`,
  "pm2.json": `{ "pm2": [${api}, ${queue}] }`,
  "ecosystem.config.yaml": `apps:\n  - ${api}\n  - ${queue}\n`,
};

suite("drover migrate", () => {
  for (const [name, source] of Object.entries(formats)) {
    test(`reads ${name} and writes what drover config validate takes`, async (t) => {
      const cwd = folderWith(t, { [name]: source });
      const folder = join(cwd, dirname(name));
      if (dirname(name) !== ".") {
        mkdirSync(join(folder, "api"));
        for (const file of ["api/server.js", "queue.js"]) writeFileSync(join(folder, file), "");
      }
      const { code, stdout, stderr } = await drover(["migrate", name], { cwd });
      assert.deepEqual([code, stdout], [0, `${join(dirname(name), "drover.config.mjs")}: api, queue\n`], stderr);
      assert.match(stderr, /^api\n {2}cron_restart +have cron .* drover reload NAME$/m);
      const valid = await drover(["config", "validate", "-c", join(folder, "drover.config.mjs")], { cwd });
      assert.deepEqual(valid.stdout.match(/^ok: \w+/gm), ["ok: api", "ok: queue"], valid.stderr);
    });
  }

  test("finds the file of the folder, and takes the environment it is told", async (t) => {
    const cwd = folderWith(t, { "ecosystem.config.js": `module.exports = { apps: [${queue}] };` });
    const { code } = await drover(["migrate", "--env", "production"], { cwd });
    assert.equal(code, 0);
    assert.match(readFileSync(join(cwd, "drover.config.mjs"), "utf8"), /env: \{\n? *A: "2",?\n? *\}/);
  });

  test("copies no variable of the shell, and lets nobody read more than before", async (t) => {
    const source = "module.exports = { script: 'queue.js', env: { TOKEN: process.env.TOKEN } };";
    const cwd = folderWith(t, {});
    writeFileSync(join(cwd, "ecosystem.config.js"), source, { mode: 0o600 });
    const { stderr } = await drover(["migrate"], { cwd, env: { TOKEN: "s3cret" } });
    const target = join(cwd, "drover.config.mjs");
    assert.doesNotMatch(readFileSync(target, "utf8"), /s3cret/);
    assert.match(stderr, /TOKEN: not copied/);
    assert.equal(statSync(target).mode & 0o777, 0o600);
  });

  test("--json answers with the mapping", async (t) => {
    const cwd = folderWith(t, { "pm2.json": `{ "apps": [${queue}, { "script": "a.py", "interpreter": "python" }] }` });
    const { stdout, stderr } = await drover(["migrate", "--json"], { cwd });
    const answer = JSON.parse(stdout) as { version: number; file: string; apps: { name: string; options: unknown }[] };
    assert.deepEqual([answer.version, answer.file, stderr], [1, "drover.config.mjs", ""]);
    assert.deepEqual(
      answer.apps.map(({ name, options }) => [name, options]),
      [
        ["queue", { name: "queue", entry: "./queue.js", workers: 1, env: { A: "1" } }],
        ["a", null],
      ],
    );
  });

  test("writes over a config file only when it is told to", async (t) => {
    const cwd = folderWith(t, { "pm2.json": `[${queue}]`, "drover.config.mjs": "" });
    const refused = await drover(["migrate"], { cwd });
    assert.equal(refused.code, 1);
    assert.match(refused.stderr, /got drover\.config\.mjs \[FILE_EXISTS\]\n {2}Write over it with --force\.$/m);
    assert.equal((await drover(["migrate", "--force"], { cwd })).code, 0);
  });

  test("never makes a second config file of a folder", async (t) => {
    const cwd = folderWith(t, { "pm2.json": `[${queue}]`, "drover.config.ts": "" });
    const { code, stderr } = await drover(["migrate", "--force"], { cwd });
    assert.equal(code, 1);
    assert.match(stderr, /got drover\.config\.ts \[FILE_EXISTS\]\n {2}.*rename it/);
  });
});

const unreadable: Readonly<Record<string, readonly [name: string, source: string, message: RegExp]>> = {
  "a syntax error in JavaScript": ["a.config.js", "module.exports = {\n apps: [,,}", /a\.config\.js:2: SyntaxError/],
  "a syntax error in JSON": ["a.json", '{\n  "apps": [\n}', /a\.json:3: Unexpected token '}'/],
  "a syntax error in YAML": ["a.yaml", "apps:\n  - a: 1\n b: 2\n", /a\.yaml:\d+:\d+: /],
  "a program that throws": ["a.config.cjs", "\nthrow new Error('boom');", /a\.config\.cjs:2:7: Error: boom/],
  "a function": ["a.config.js", "module.exports = () => ({});", /got a function/],
  "no apps": ["a.json", '{ "name": "web" }', /expected apps of pm2, got none with a script/],
  "no app that Node runs": ["a.json", '[{ "script": "a.sh" }]', /expected an app that Node runs, got none/],
  "another format": ["a.toml", "", /expected \.js, .*, got \.toml/],
};

suite("drover migrate ends with MIGRATE_UNREADABLE and exit code 2 for", () => {
  for (const [title, [name, source, message]] of Object.entries(unreadable)) {
    test(title, async (t) => {
      const cwd = folderWith(t, { [name]: source });
      const { code, stderr } = await drover(["migrate", name], { cwd });
      assert.match(stderr, message);
      assert.match(stderr, /\[MIGRATE_UNREADABLE\]/);
      assert.equal(code, 2);
    });
  }

  for (const args of [[], ["none.json"], ["api"]]) {
    test(`no such file: ${args.join("") || "none in the folder"}`, async (t) => {
      const { code, stderr } = await drover(["migrate", ...args], { cwd: folderWith(t, {}) });
      assert.match(stderr, /^error: expected a file of pm2 .* \[MIGRATE_UNREADABLE\]$/m);
      assert.equal(code, 2);
    });
  }
});
