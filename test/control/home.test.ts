import assert from "node:assert/strict";
import { chmodSync, mkdirSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { suite, test } from "node:test";
import { homeOf, logOf, nameOf, openRunFolder, socketOf } from "../../src/control/home.ts";
import { AppError } from "../../src/errors.ts";
import { temporaryFolder } from "../support/fixture.ts";

const mode = (path: string): string => (statSync(path).mode & 0o777).toString(8);

suite("Drover's folder", () => {
  const rows: readonly (readonly [title: string, env: NodeJS.ProcessEnv, folder: string])[] = [
    ["is the one DROVER_HOME names", { DROVER_HOME: "/srv/drover", HOME: "/home/u" }, "/srv/drover"],
    ["is .drover of the user's home without it", { HOME: "/home/u" }, "/home/u/.drover"],
    ["is .drover of the user's home when it is empty", { DROVER_HOME: "", HOME: "/home/u" }, "/home/u/.drover"],
    ["starts where Drover does when it is relative", { DROVER_HOME: "state" }, join(process.cwd(), "state")],
  ];
  for (const [title, env, folder] of rows) {
    test(title, () => {
      assert.deepEqual(homeOf(env), { folder, run: join(folder, "run"), logs: join(folder, "logs") });
    });
  }

  test("is created for its user alone, whatever the umask", async (t) => {
    const home = homeOf({ DROVER_HOME: join(temporaryFolder(t), "deep", "drover") });
    const before = process.umask(0);
    t.after(() => process.umask(before));
    await openRunFolder(home);
    await openRunFolder(home);
    assert.deepEqual([mode(home.folder), mode(home.run)], ["700", "700"]);
  });

  const refusals: Readonly<Record<string, readonly [prepare: (run: string) => void, says: RegExp]>> = {
    "open to the group": [
      (run) => mkdirSync(run, { mode: 0o750 }),
      /of this user alone, got one that is open to others \(mode 750\)/,
    ],
    "open to all": [
      (run) => {
        mkdirSync(run);
        chmodSync(run, 0o777);
      },
      /mode 777/,
    ],
    "a file": [(run) => writeFileSync(run, ""), /cannot be created/],
    "a link to an open folder": [(run) => symlinkSync("/tmp", run), /open to others|one of user 0/],
  };
  for (const [title, [prepare, says]] of Object.entries(refusals)) {
    test(`is refused when its run is ${title}`, async (t) => {
      const home = homeOf({ DROVER_HOME: temporaryFolder(t) });
      prepare(home.run);
      await assert.rejects(openRunFolder(home), (error) => {
        assert.ok(error instanceof AppError && error.code === "CONTROL_FAILED" && error.hint !== undefined);
        assert.match(error.message, says);
        return true;
      });
    });
  }

  test(
    "is refused when it is another user's",
    { skip: process.getuid?.() !== 0 && "only root can make a folder another's" },
    async (t) => {
      const { chownSync } = await import("node:fs");
      const home = homeOf({ DROVER_HOME: temporaryFolder(t) });
      mkdirSync(home.run, { mode: 0o700 });
      chownSync(home.run, 12_345, 12_345);
      await assert.rejects(openRunFolder(home), /got one of user 12345 \(this is user 0\)/);
    },
  );

  test("is refused with its reason when it cannot be created", async (t) => {
    const file = join(temporaryFolder(t), "file");
    writeFileSync(file, "");
    await assert.rejects(openRunFolder(homeOf({ DROVER_HOME: file })), { code: "CONTROL_FAILED", message: /ENOTDIR/ });
  });
});

suite("an app's files", () => {
  const home = homeOf({ DROVER_HOME: "/d" });
  const rows: readonly (readonly [name: string, file: string])[] = [
    ["web", "web"],
    ["@scope/web", "@scope%2Fweb"],
    ["a%2Fb", "a%252Fb"],
    ["two words", "two words"],
    ["..", ".."],
    ["tab\tand\nline\0", "tab%09and%0Aline%00"],
    ["Größe 日本", "Größe 日本"],
    ["x.sock", "x.sock"],
  ];
  for (const [name, file] of rows) {
    test(`are found again from the name ${JSON.stringify(name)}`, () => {
      const socket = socketOf(home, name);
      assert.equal(socket, `/d/run/${file}.sock`);
      assert.equal(basename(logOf(home, name)), `${file}.log`);
      assert.equal(nameOf(socket), name);
    });
  }

  for (const file of ["~abc123def456", ".a1b2c3", ".sock", "web.txt", "%.sock"]) {
    test(`are not what is called ${file}`, () => assert.equal(nameOf(file), null));
  }

  const longest = process.platform === "darwin" ? 103 : 107;
  test("have a socket whose path may be as long as a unix address, and no longer", () => {
    const room = longest - "/d/run/.sock".length;
    assert.equal(socketOf(home, "n".repeat(room)).length, longest);
    assert.throws(() => socketOf(home, "n".repeat(room + 1)), { code: "CONTROL_FAILED", hint: /DROVER_HOME/ });
    assert.throws(() => socketOf(home, "é".repeat(room / 2 + 1)), { code: "CONTROL_FAILED" });
    const deep = homeOf({ DROVER_HOME: `/${"d".repeat(longest)}` });
    assert.throws(() => socketOf(deep, "n"), { code: "CONTROL_FAILED", hint: /DROVER_HOME/ });
  });
});
