import assert from "node:assert/strict";
import fs, {
  chmodSync,
  chownSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { join } from "node:path";
import { suite, test } from "node:test";
import { UpstreamFile } from "../../../src/deploy/sync/upstream-file.ts";
import { temporaryFolder } from "../../support/fixture.ts";

suite("an upstream file", () => {
  test("is null where there is none, and may be read by all when it is made", (t) => {
    const path = join(temporaryFolder(t), "up.conf");
    const file = new UpstreamFile(path);
    assert.equal(file.read(), null);
    file.replace("new");
    assert.deepEqual([file.read(), file.isUnread, statSync(path).mode & 0o777], ["new", true, 0o644]);
    file.settle();
    assert.equal(file.isUnread, false);
  });

  test("keeps its mode, and beside it only what no include sees", (t) => {
    const folder = temporaryFolder(t);
    const path = join(folder, "up.conf");
    writeFileSync(path, "old");
    chmodSync(path, 0o640);
    const file = new UpstreamFile(path);
    file.replace("new");
    assert.equal(statSync(path).mode & 0o777, 0o640);
    assert.deepEqual(readdirSync(folder).toSorted(), [".up.conf.former", "up.conf"]);
    file.settle();
    assert.deepEqual(readdirSync(folder), ["up.conf"]);
  });

  test("keeps its owner where root replaces it", { skip: process.geteuid?.() !== 0 }, (t) => {
    const path = join(temporaryFolder(t), "up.conf");
    writeFileSync(path, "old");
    chownSync(path, 1000, 1001);
    new UpstreamFile(path).replace("new");
    const { uid, gid } = statSync(path);
    assert.deepEqual([uid, gid], [1000, 1001]);
  });

  test("is itself what gets its mode, whatever has its name by then", (t) => {
    const folder = temporaryFolder(t);
    const [path, victim] = [join(folder, "up.conf"), join(folder, "victim")];
    for (const each of [path, victim]) writeFileSync(each, "old", { mode: 0o600 });
    chmodSync(path, 0o666);
    // What another user may do as soon as the new file is there.
    const write = fs.writeFileSync;
    const swap = (...args: Parameters<typeof write>): void => {
      write(...args);
      rmSync(join(folder, ".up.conf.new"));
      symlinkSync(victim, join(folder, ".up.conf.new"));
    };
    t.mock.method(fs, "writeFileSync", swap, { times: 1 });
    syncBuiltinESMExports();
    t.after(() => {
      t.mock.restoreAll();
      syncBuiltinESMExports();
    });
    new UpstreamFile(path).replace("new");
    assert.deepEqual([readFileSync(victim, "utf8"), statSync(victim).mode & 0o777], ["old", 0o600]);
  });

  test("goes back to what was last read, however often it has been replaced since", (t) => {
    const path = join(temporaryFolder(t), "up.conf");
    writeFileSync(path, "old");
    const file = new UpstreamFile(path);
    file.replace("new");
    file.replace("newer");
    file.takeBack();
    assert.deepEqual([file.read(), file.isUnread], ["old", false]);
  });

  test("is known not to have been read by the process that follows one that was killed", (t) => {
    const path = join(temporaryFolder(t), "up.conf");
    writeFileSync(path, "old");
    new UpstreamFile(path).replace("new");
    const file = new UpstreamFile(path);
    assert.deepEqual([file.read(), file.isUnread], ["new", true]);
    file.takeBack();
    assert.equal(file.read(), "old");
  });

  test("behind a link stays behind it", (t) => {
    const folder = temporaryFolder(t);
    mkdirSync(join(folder, "available"));
    writeFileSync(join(folder, "available", "up.conf"), "old");
    symlinkSync("available/up.conf", join(folder, "up.conf"));
    const file = new UpstreamFile(join(folder, "up.conf"));
    file.replace("new");
    assert.ok(lstatSync(join(folder, "up.conf")).isSymbolicLink());
    assert.equal(readFileSync(join(folder, "available", "up.conf"), "utf8"), "new");
    assert.deepEqual(readdirSync(folder).toSorted(), ["available", "up.conf"]);
  });
});
