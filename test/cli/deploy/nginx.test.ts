import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { suite, test, type TestContext } from "node:test";
import { temporaryFolder } from "../../support/fixture.ts";
import { drover, type Answer } from "../built-cli.ts";

function shop(t: TestContext): {
  readonly cwd: string;
  readonly run: (...args: readonly string[]) => Promise<Answer>;
  readonly env: Record<string, string>;
} {
  const cwd = temporaryFolder(t);
  writeFileSync(join(cwd, "app.js"), "export default (_req, res) => res.end();");
  writeFileSync(join(cwd, "package.json"), '{ "name": "shop", "type": "module" }');
  const env: Record<string, string> = {};
  return { cwd, run: (...args) => drover(["deploy", "nginx", ...args], { cwd, env }), env };
}

suite("drover deploy nginx", () => {
  test("writes deploy/NAME.conf and says what is left to do", async (t) => {
    const { cwd, run } = shop(t);
    const { code, stdout, stderr } = await run("app.js", "-p", "4000", "--domain", "shop.example");
    assert.deepEqual([code, stdout], [0, "deploy/shop.conf\n"], stderr);
    assert.match(readFileSync(join(cwd, "deploy/shop.conf"), "utf8"), /^ {2}server 127\.0\.0\.1:4000 /m);
    assert.match(stderr, /drover start app\.js --port=4000 --host=127\.0\.0\.1 --trust-proxy=loopback$/m);
    assert.match(stderr, /put shop\.conf into \/etc\/nginx\/conf\.d\/, then: nginx -t && nginx -s reload$/m);
    assert.doesNotMatch(stderr, /sites-enabled/);
  });

  test("says the variables that make the app what the file is for, but no secret", async (t) => {
    const { run, env } = shop(t);
    Object.assign(env, { PORT: "4000", DROVER_PER_SLOT: "1", DROVER_NAME: "my shop", DROVER_TLS_PASSPHRASE: "hush" });
    const { stderr } = await run("app.js", "-w", "2");
    assert.match(
      stderr,
      /: +env 'DROVER_NAME=my shop' PORT=4000 DROVER_PER_SLOT=1 drover start app\.js --workers=2 --host=127\.0\.0\.1 --trust-proxy=loopback$/m,
    );
    assert.doesNotMatch(stderr, /hush/);
  });

  test("says how nginx gets at a unix socket, and what is in the way of a site for every name", async (t) => {
    const { run } = shop(t);
    const { stderr } = await run("--listen", "unix:/run/my shop/web.sock", "--per-slot", "-w", "2");
    assert.match(stderr, /'--listen=unix:\/run\/my shop\/web\.sock' .* --socket-mode=0660 --trust-proxy=loopback$/m);
    assert.match(stderr, /not as root: sudo usermod -aG "\$\(id -gn\)" www-data$/m);
    assert.match(stderr, /rm \/etc\/nginx\/sites-enabled\/default/);
    assert.match(stderr, /another app's file without\n +--domain\. Or give --domain\.$/m);
  });

  const accounts = [
    [["--group", "shop"], "the group shop: usermod -aG shop www-data"],
    [["--user", "shop"], 'the group of shop: usermod -aG "$(id -gn shop)" www-data'],
    [["--user", "shop", "--group", "www-data"], "is for the group www-data"],
  ] as const;
  for (const [flags, says] of accounts)
    test(`says whose the socket is with ${flags.join(" ")}`, async (t) => {
      const { stderr } = await shop(t).run("--listen", "unix:/run/web.sock", ...flags);
      assert.ok(stderr.includes(says), stderr);
    });

  test("says what every one of several machines is started with", async (t) => {
    const { run } = shop(t);
    const { stderr } = await run("app.js", "--server", "10.0.0.1:3000", "10.0.0.2:3000", "--split-upstream");
    assert.match(stderr, /on each machine: +drover start app\.js --trust-proxy=ADDRESS$/m);
    assert.match(stderr, /put shop\.conf and shop-upstream\.conf into/);
    assert.doesNotMatch(stderr, /Each worker:/);
    const perSlot = await run("app.js", "--per-slot", "--print", "--server", "10.0.0.1:3000", "10.0.0.1:3001");
    assert.match(perSlot.stdout, /server 10\.0\.0\.1:3001 /);
  });

  test("says that the workers of other machines are all to be named, where each has an address", async (t) => {
    const { run } = shop(t);
    const { stderr } = await run("app.js", "--per-slot", "--server", "10.0.0.1:3000");
    assert.match(stderr, /Each worker: .*--per-slot.* name all of them after --server/);
  });

  test("leaves the file of another app whose name comes to the same as it is", async (t) => {
    const { cwd, run } = shop(t);
    assert.equal((await run("app.js", "--name", "the shop")).code, 0);
    const before = readFileSync(join(cwd, "deploy/the-shop.conf"), "utf8");
    const { code, stderr } = await run("app.js", "--name", "@the/shop");
    assert.equal(code, 1);
    assert.match(stderr, /the-shop\.conf .*\[FILE_EXISTS\]/s);
    assert.equal(readFileSync(join(cwd, "deploy/the-shop.conf"), "utf8"), before);
  });

  test("answers a script in one object", async (t) => {
    const { cwd, run } = shop(t);
    const { stdout } = await run("--json", "--split-upstream", "--out", "nginx");
    const names = ["shop.conf", "shop-upstream.conf"];
    const files = names.map((name) => ({ name, outcome: "written" }));
    assert.deepEqual(JSON.parse(stdout), { version: 1, folder: join(cwd, "nginx"), files });
  });

  test("answers a person or a script, not both", async (t) => {
    const { code, stdout, stderr } = await shop(t).run("--print", "--json");
    assert.deepEqual([code, stdout], [2, ""]);
    assert.match(stderr, /expected --print or --json, got both \[USAGE\]/);
  });

  test("refuses an entry behind the machines, and says where it stands", async (t) => {
    const { run } = shop(t);
    const { code, stderr } = await run("--server", "10.0.0.1:3000", "app.js");
    assert.equal(code, 2);
    assert.match(stderr, /expected HOST:PORT, got "app\.js"/);
    assert.match(stderr, /The app's file stands before it/);
  });
});
