import assert from "node:assert/strict";
import { chmodSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { suite, test, type TestContext } from "node:test";
import { deploySystemd } from "../../../src/cli/deploy/systemd.ts";
import type { main } from "../../../src/cli/main.ts";
import { parseCommandLine } from "../../../src/cli/parse-command-line.ts";
import { reportError } from "../../../src/cli/report-error.ts";
import { runCli } from "../../support/drover.ts";
import { temporaryFolder } from "../../support/fixture.ts";
import type { Answer } from "../built-cli.ts";
import { drover } from "../in-process.ts";

/** Stands in for systemctl: writes down what it is asked, and answers as the test has it. */
const STUB = `#!/bin/sh
echo "$@" >> "$CALLS"
case "$1" in
  is-system-running) echo "\${STATE:-running}";;
  is-active) exit \${ACTIVE:-3};;
  show) echo "$FRAGMENT";;
  enable) [ -z "$REFUSAL" ] || { echo "$REFUSAL" >&2; exit 1; };;
  status) echo "Active: failed"; echo "error: the app could not boot [APP_BOOT_FAILED]"; exit 3;;
esac
`;

interface Machine {
  readonly units: string;
  readonly install: (args?: readonly string[], env?: Readonly<Record<string, string>>) => Promise<Answer>;
  readonly calls: () => readonly string[];
}

/** A folder for units and one for an app called shop. */
function machine(t: TestContext): Machine {
  const root = temporaryFolder(t);
  const [bin, cwd, units] = ["bin", "shop", "units"].map((name) => join(root, name)) as [string, string, string];
  for (const folder of [bin, cwd, units]) mkdirSync(folder);
  writeFileSync(join(cwd, "server.js"), "");
  writeFileSync(join(bin, "systemctl"), STUB, { mode: 0o755 });
  const calls = join(root, "calls");
  writeFileSync(calls, "");
  return {
    units,
    install: (args = [], env = {}) =>
      drover(
        ["deploy", "systemd", "server.js", "--install", ...args],
        { cwd, env: { PATH: `${bin}:/usr/bin:/bin`, CALLS: calls, ...env } },
        into(units),
      ),
    calls: () => readFileSync(calls, "utf8").trim().split("\n"),
  };
}

/** The verb, with a folder of the test's for systemd's own. */
function into(units: string): typeof main {
  return async (args, io) => {
    try {
      const line = parseCommandLine(args, io);
      assert.ok("request" in line);
      return await deploySystemd(line.request, io, units);
    } catch (error) {
      return reportError(error, io);
    }
  };
}

const asRoot = { skip: process.geteuid?.() !== 0 && "only root may install services" };

suite("an installation", () => {
  test("puts the units in place, enables and starts them", asRoot, async (t) => {
    const { install, units, calls } = machine(t);
    const answer = await install();
    assert.equal(answer.code, 0, answer.stderr);
    assert.deepEqual(readdirSync(units), ["shop.service", "shop.socket"]);
    assert.deepEqual(calls(), [
      "is-system-running",
      "show --property=FragmentPath --value shop.socket",
      "show --property=FragmentPath --value shop.service",
      "is-active --quiet shop.service",
      "daemon-reload",
      "enable --now shop.socket shop.service",
    ]);
    assert.match(answer.stderr, /It is ready, and starts with the machine/);
  });

  test("says so when a service of other units runs on", asRoot, async (t) => {
    const { install } = machine(t);
    await install();
    assert.doesNotMatch((await install([], { ACTIVE: "0" })).stderr, /restart/);
    const { code, stderr } = await install(["-w", "3", "--force"], { ACTIVE: "0" });
    assert.equal(code, 0);
    assert.match(stderr, /runs by its former units still: systemctl restart shop.socket shop.service/);
  });

  test("leaves units alone that are different, until it is told otherwise", asRoot, async (t) => {
    const { install, units, calls } = machine(t);
    writeFileSync(join(units, "shop.service"), "mine");
    const { code, stderr } = await install();
    assert.equal(code, 1);
    assert.match(stderr, /shop\.service \[FILE_EXISTS\]/);
    assert.deepEqual(readdirSync(units), ["shop.service"]);
    assert.ok(!calls().includes("daemon-reload"));
    assert.equal((await install(["--force"])).code, 0);
  });

  test("takes no other service's name", asRoot, async (t) => {
    const { install, units } = machine(t);
    const { code, stderr } = await install(["--force"], { FRAGMENT: "/lib/systemd/system/shop.service" });
    assert.equal(code, 1);
    assert.match(stderr, /expected no other unit called shop\.socket, got \/lib\/systemd.*\[FILE_EXISTS\]\n.*--name/);
    assert.deepEqual(readdirSync(units), []);
  });

  test("of a service that does not start ends with systemd's words, and the app's", asRoot, async (t) => {
    const { code, stderr } = await machine(t).install([], { REFUSAL: "Job for shop.service failed." });
    assert.equal(code, 1);
    assert.match(
      stderr,
      /shop\.service could not be started \[INSTALL_FAILED\]\n {2}Job for shop.*\n {2}Active: failed\n.*APP_BOOT_FAILED/,
    );
  });

  for (const state of ["offline", "unknown"])
    test(`where systemd is ${state} is refused before anything is written`, asRoot, async (t) => {
      const { install, units } = machine(t);
      const { code, stderr } = await install([], { STATE: state });
      assert.equal(code, 1);
      assert.match(stderr, new RegExp(`expected systemd to run this machine, got ${state} \\[INSTALL_FAILED\\]`));
      assert.deepEqual(readdirSync(units), []);
    });

  test("where there is no systemctl is refused", asRoot, async (t) => {
    const { stderr } = await machine(t).install([], { PATH: temporaryFolder(t) });
    assert.match(stderr, /got no systemctl \[INSTALL_FAILED\]/);
  });

  for (const [flag, ...value] of [["--print"], ["--out", "elsewhere"]] as const)
    test(`with ${flag} is refused before systemd is asked`, async (t) => {
      const { install, units, calls } = machine(t);
      const { code, stdout, stderr } = await install([flag, ...value]);
      assert.deepEqual([code, stdout, calls()], [2, "", [""]]);
      assert.match(stderr, new RegExp(`expected --install or ${flag}, got both \\[USAGE\\]`));
      assert.deepEqual(readdirSync(units), []);
    });

  test("by anybody else names the line that root would write", asRoot, async (t) => {
    const folder = temporaryFolder(t);
    chmodSync(folder, 0o755);
    writeFileSync(join(folder, "server.js"), "");
    const link = join(folder, "current");
    symlinkSync(folder, link);
    const { exit, log } = runCli(t, ["deploy", "systemd", "server.js", "--install", "--name", "two words"], {
      cwd: folder,
      env: { PORT: "8080", PWD: link },
      uid: 65_534,
    });
    assert.deepEqual(await exit, { code: 1, signal: null });
    assert.match(
      log.tail(),
      /expected root.*\[INSTALL_FAILED\]\n {2}sudo env PWD=\S+\/current PORT=8080 \/.*node \/.* --install --name 'two words'/,
    );
  });
});
