import assert from "node:assert/strict";
import { chmodSync, chownSync, mkdirSync, readdirSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { suite, test, type TestContext } from "node:test";
import { lookAt } from "../../src/placement/look-at.ts";
import { placeStore } from "../../src/placement/place-store.ts";
import { parseStoreAddress } from "../../src/protocol/store-address.ts";
import { temporaryFolder } from "../support/fixture.ts";

const SELF = { uid: process.geteuid?.() ?? 0, gid: process.getegid?.() ?? 0, foreign: false };
const OTHER = { uid: 4711, gid: 4711, foreign: true };
const SHOP_OF_OTHER = { store: "embedded", name: "shop", owner: OTHER };
const isRoot = SELF.uid === 0;
const hasMemory = statSync("/dev/shm", { throwIfNoEntry: false })?.isDirectory() === true;

const place = (store: string, name = "shop", env: NodeJS.ProcessEnv = { DROVER_HOME: "/nowhere" }) =>
  placeStore({ store, name, owner: SELF }, env, true);

/** Temporary folders are their user's alone. */
function openFolder(t: TestContext): string {
  const folder = temporaryFolder(t);
  chmodSync(folder, 0o755);
  return folder;
}

/** Of a folder in memory, for a user who is not there, so that nothing else can be in it. */
function refusal(uid: number): string | null {
  return lookAt({ file: `/dev/shm/drover-${uid}/shop/store.db`, volatile: true }, { ...SELF, uid }, true).refusal;
}

suite("the address that workers get", () => {
  const rows: readonly (readonly [title: string, store: string, address: string, shown: string])[] = [
    [
      "of a Redis has the app's name as its prefix",
      "redis://ada:secret@cache:6379/2",
      "redis://ada:secret@cache:6379/2?prefix=shop",
      "redis://cache:6379/2",
    ],
    ["keeps the prefix it has", "rediss://cache?prefix=ours", "rediss://cache?prefix=ours", "rediss://cache"],
    ["of a socket has one, too", "unix:/run/r.sock?db=1", "unix:/run/r.sock?db=1&prefix=shop", "unix:/run/r.sock"],
    ["of a file is that file", "sqlite:/srv/s.db?maxSize=1GB", "sqlite:/srv/s.db?maxSize=1GB", "sqlite:/srv/s.db"],
  ];
  for (const [title, store, address, shown] of rows) {
    test(title, () => {
      const { wish: _, ...placed } = place(store);
      assert.deepEqual(placed, { address, shown, warning: null });
    });
  }

  test("is in Drover's folder by default, whatever the app is called, and nothing is created for it", (t) => {
    const folder = temporaryFolder(t);
    const names = { shop: "shop", "@scope/web": "@scope%2Fweb", "..": "%2E%2E", "a b?#%": "a b?#%25" };
    for (const [name, file] of Object.entries(names)) {
      const { address, warning } = place("embedded", name, { DROVER_HOME: folder });
      const parsed = parseStoreAddress(address);
      assert.equal(parsed?.engine === "sqlite" && parsed.path, join(folder, "state", file, "store.db"));
      assert.equal(warning, null);
    }
    assert.deepEqual(readdirSync(folder), []);
  });

  test("is in the folder that systemd keeps for the service", (t) => {
    const service = temporaryFolder(t);
    const env = { DROVER_HOME: temporaryFolder(t), STATE_DIRECTORY: `${service}:/var/lib/more` };
    assert.equal(place("embedded", "shop", env).address, `sqlite:${service}/shop/store.db`);
  });

  test("is in memory where Drover's folder cannot be", { skip: !hasMemory }, (t) => {
    const file = join(temporaryFolder(t), "file");
    writeFileSync(file, "");
    const { address, warning } = place("embedded", "shop", { DROVER_HOME: file });
    assert.match(address, new RegExp(`^sqlite:/dev/shm/drover-${SELF.uid}/shop/store\\.db\\?maxSize=\\d+$`));
    assert.match(warning?.message ?? "", /cannot be written \(ENOTDIR\).*kept in memory/);
  });
});

suite("for workers of another user", { skip: !isRoot && "only root may have them" }, () => {
  test("the folder is created and theirs", (t) => {
    const home = openFolder(t);
    const { shown } = placeStore(SHOP_OF_OTHER, { DROVER_HOME: home });
    assert.equal(shown, `sqlite:${home}/state/shop/store.db`);
    const { uid, gid, mode } = statSync(join(home, "state/shop"));
    assert.deepEqual([uid, gid, mode & 0o777], [4711, 4711, 0o700]);
    assert.equal(placeStore(SHOP_OF_OTHER, { DROVER_HOME: home }).shown, shown);
  });

  test("what is there already is not handed on", (t) => {
    const home = openFolder(t);
    mkdirSync(join(home, "state/shop"), { recursive: true });
    placeStore(SHOP_OF_OTHER, { DROVER_HOME: home, STATE_DIRECTORY: home });
    assert.equal(statSync(join(home, "state/shop")).uid, 0);
  });

  test("a folder they cannot get to will not do", (t) => {
    const home = openFolder(t);
    const place = { file: join(home, "state/shop/store.db"), volatile: false };
    assert.equal(lookAt(place, OTHER, true).refusal, null);
    chmodSync(home, 0o700);
    assert.equal(lookAt(place, OTHER, true).refusal, "EACCES");
    chownSync(home, OTHER.uid, OTHER.gid);
    assert.equal(lookAt(place, OTHER, true).refusal, null);
  });
});

suite("a folder in memory", { skip: !hasMemory && "there is no /dev/shm" }, () => {
  test("will do as long as nobody else has made it", () => assert.equal(refusal(2 ** 31 - 7), null));

  test("will not do when it is another's, open to others, or a link", { skip: !isRoot }, (t) => {
    const uid = 2 ** 31 - 9;
    const own = `/dev/shm/drover-${uid}`;
    t.after(() => rmSync(own, { force: true, recursive: true }));
    mkdirSync(own, 0o700);
    assert.equal(refusal(uid), "EPERM");
    chownSync(own, uid, uid);
    assert.equal(refusal(uid), null);
    chmodSync(own, 0o711);
    assert.equal(refusal(uid), "EPERM");
    rmSync(own, { recursive: true });
    symlinkSync(temporaryFolder(t), own);
    assert.equal(refusal(uid), "EPERM");
  });
});
