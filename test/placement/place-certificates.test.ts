import assert from "node:assert/strict";
import { chmodSync, mkdirSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { suite, test } from "node:test";
import { certificateFolder, isInMemory, openCertificateFolder } from "../../src/placement/place-certificates.ts";
import { temporaryFolder } from "../support/fixture.ts";

const OWN = { uid: 1, gid: 1, foreign: false };
const FOREIGN = { uid: 2, gid: 2, foreign: true };
const HOME = { DROVER_HOME: "/home/ada/.drover" };
const SERVICE = { ...HOME, STATE_DIRECTORY: "/var/lib/shop:/var/lib/other" };

suite("the folder of an app's keys", () => {
  const rows = [
    ["beside its store", OWN, HOME, "/home/ada/.drover/state/shop/tls"],
    ["in what systemd keeps for it", OWN, SERVICE, "/var/lib/shop/shop/tls"],
    ["not in a folder of the workers' user", FOREIGN, HOME, "/home/ada/.drover/tls/shop"],
    ["nor there under systemd", FOREIGN, SERVICE, "/var/lib/shop/tls/shop"],
  ] as const;
  for (const [title, owner, env, expected] of rows)
    test(`is ${title}`, () => {
      assert.equal(certificateFolder("shop", owner, env), expected);
    });

  test("is made for this user alone", (t) => {
    const folder = join(temporaryFolder(t), "state/shop/tls");
    openCertificateFolder(folder);
    assert.equal(statSync(folder).mode & 0o777, 0o700);
    openCertificateFolder(folder);
  });

  test("is refused where others may read it, or it is something else", (t) => {
    const folder = join(temporaryFolder(t), "tls");
    mkdirSync(folder);
    chmodSync(folder, 0o755);
    assert.throws(() => openCertificateFolder(folder), /TLS_UNREADABLE|open to others: chmod 700/);
    const link = `${folder}.link`;
    symlinkSync(folder, link);
    assert.throws(() => openCertificateFolder(link), /something that is no folder/);
    writeFileSync(`${folder}.file`, "");
    assert.throws(() => openCertificateFolder(`${folder}.file/tls`), /cannot be made/);
  });

  test("may be in memory", { skip: process.platform !== "linux" && "only Linux has one" }, () => {
    assert.equal(isInMemory("/dev/shm"), true);
  });
});
