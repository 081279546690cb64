import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { suite, test, type TestContext } from "node:test";
import { temporaryFolder } from "../../support/fixture.ts";
import { drover } from "../built-cli.ts";

/** An app of npm in a folder of its own. */
function shop(t: TestContext, more: Readonly<Record<string, unknown>> = {}): string {
  const folder = join(temporaryFolder(t), "shop");
  mkdirSync(folder);
  const own = { name: "shop", scripts: { start: "node server.js" }, dependencies: { drover: "*" } };
  writeFileSync(join(folder, "package.json"), JSON.stringify({ ...own, ...more }));
  writeFileSync(join(folder, "package-lock.json"), "{}");
  writeFileSync(join(folder, "server.js"), "");
  return folder;
}

suite("drover deploy docker", () => {
  test("writes what it takes to build the image, and says how", async (t) => {
    const cwd = shop(t);
    const { code, stdout, stderr } = await drover(["deploy", "docker", "--drain-timeout", "8s"], { cwd });
    assert.equal(code, 0, stderr);
    assert.equal(stdout, "deploy/Dockerfile\ndeploy/Dockerfile.dockerignore\n");
    assert.match(stderr, /^docker build --file deploy\/Dockerfile --tag "shop:1" \.$/m);
    assert.match(
      stderr,
      /^docker run .*--stop-timeout 13 --env DROVER_GRACE_TIMEOUT=13s --publish 3000:3000 --volume shop-state:\/state shop:1$/m,
    );
    assert.match(
      readFileSync(join(cwd, "deploy/Dockerfile"), "utf8"),
      /^CMD \["drover", "start", "--drain-timeout=8s"\]$/m,
    );
  });

  test("keeps keys out of the image, and what the app's own .dockerignore names", async (t) => {
    const cwd = shop(t);
    writeFileSync(join(cwd, ".dockerignore"), "secrets/\n");
    const flags = ["--tls-cert", "cert.pem", "--tls-key", "key"];
    const { code, stderr } = await drover(["deploy", "docker", ...flags], { cwd });
    assert.equal(code, 0, stderr);
    const lines = readFileSync(join(cwd, "deploy/Dockerfile.dockerignore"), "utf8").split("\n");
    for (const line of ["secrets/", "**/*.pem", "/key"]) assert.ok(lines.includes(line), line);
    assert.match(stderr, /--volume "\$PWD"\/cert\.pem:\/app\/cert\.pem:ro --volume "\$PWD"\/key:\/app\/key:ro/);
  });

  test("puts Drover into the image of an app that does not depend on it", async (t) => {
    const { stdout } = await drover(["deploy", "docker", "--print"], { cwd: shop(t, { dependencies: {} }) });
    assert.match(stdout, /npm install --global drover@\d/);
    assert.match(stdout, /mkdir -p node_modules/);
  });

  test("writes paths as they are in the image, and leaves the number of workers to the container", async (t) => {
    const cwd = shop(t);
    const { stdout } = await drover(["deploy", "docker", join(cwd, "server.js"), "-w", "4", "--print"], { cwd });
    assert.match(stdout, /^CMD \["drover", "start", "server\.js"\]$/m);
  });

  test("without a package.json says where to call it", async (t) => {
    const cwd = temporaryFolder(t);
    writeFileSync(join(cwd, "server.js"), "");
    const { code, stderr } = await drover(["deploy", "docker"], { cwd });
    assert.equal(code, 2);
    assert.match(stderr, /expected a package\.json in .*\[USAGE\]\n {2}Call it in the folder/);
  });
});

suite("drover deploy compose", () => {
  test("writes the image's files only where there are none", async (t) => {
    const cwd = shop(t);
    const first = await drover(["deploy", "compose"], { cwd });
    assert.equal(
      first.stdout,
      "deploy/Dockerfile\ndeploy/Dockerfile.dockerignore\ndeploy/compose.yaml\n",
      first.stderr,
    );
    writeFileSync(join(cwd, "deploy/Dockerfile"), "FROM scratch\n");
    const second = await drover(["deploy", "compose", "--json"], { cwd });
    assert.deepEqual(JSON.parse(second.stdout).files, [{ name: "compose.yaml", outcome: "unchanged" }]);
  });

  test("--two halves the CPUs, and writes a script that can be run", async (t) => {
    const cwd = shop(t);
    const { code, stderr } = await drover(["deploy", "compose", "--two", "--cpus", "3", "--out", "."], { cwd });
    assert.equal(code, 0, stderr);
    assert.match(stderr, /npm install @redis\/client/);
    assert.match(stderr, /^docker build --file Dockerfile --tag "shop:1" \.\ndocker compose up --detach\n\.\/swap 2/m);
    assert.match(readFileSync(join(cwd, "compose.yaml"), "utf8"), /cpus: "1\.5" # half of 3/);
    assert.equal(statSync(join(cwd, "swap")).mode & 0o111, 0o111);
    assert.ok(existsSync(join(cwd, "aside/README")));
  });

  test("says its next step as a shell reads it, whatever the folder is called", async (t) => {
    const { stderr } = await drover(["deploy", "compose", "--out", "../o ut $(x)'q"], { cwd: shop(t) });
    assert.match(stderr, /^cd '\.\.\/o ut \$\(x\)'\\''q' && docker compose up --detach --build$/m);
  });

  test("takes as many CPUs as workers were asked for", async (t) => {
    const { stdout } = await drover(["deploy", "compose", "--print", "-w", "6"], { cwd: shop(t) });
    assert.match(stdout, /cpus: "6"[^]*WEB_CONCURRENCY: "6"/);
  });

  const refused: readonly (readonly [flags: readonly string[], message: RegExp])[] = [
    [["--cpus", "none"], /--cpus: expected a number above 0, such as 2 or 1\.5, got "none"/],
    [["--cpus", "0"], /--cpus: .*got "0"/],
    [["--two", "--no-listen"], /expected an app that serves something, got a background worker/],
    [["--two", "--listen", "3000", "--listen", "3001"], /expected an app with one address, got 2/],
    [["--two", "--tls", "dev"], /expected an app of plain HTTP behind nginx, got TLS/],
    [["--two", "--store", "sqlite:store.db"], /whose halves can share a store/],
  ];
  for (const [flags, message] of refused) {
    test(`${flags.join(" ")} is refused`, async (t) => {
      const { code, stderr } = await drover(["deploy", "compose", ...flags], { cwd: shop(t) });
      assert.equal(code, 2);
      assert.match(stderr, message);
    });
  }
});
