import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { suite, test } from "node:test";
import { OPTIONS } from "../../src/config/options.ts";
import { temporaryFolder } from "../support/fixture.ts";
import { resolveIn, type Given } from "./resolve-in.ts";

const { kind } = OPTIONS.store;

/** What is written, and what it is read as from a file in /srv/shop; `null` when it is refused. */
const rows: readonly (readonly [written: unknown, read: string | null])[] = [
  ["embedded", "embedded"],
  ["sqlite:/var/lib/shop.db", "sqlite:/var/lib/shop.db"],
  ["SQLite:///var/lib/shop.db", "sqlite:///var/lib/shop.db"],
  ["sqlite:data/shop.db", "sqlite:/srv/shop/data/shop.db"],
  ["sqlite:../shop.db?maxSize=1GB", "sqlite:/srv/shop.db?maxSize=1GB"],
  ["sqlite:my%20data/%3F#.db", null],
  ["sqlite:my data/%3F%25.db", "sqlite:/srv/shop/my%20data/%3F%25.db"],
  [" redis://cache:6379/0 ", "redis://cache:6379/0"],
  ["rediss://u:p@cache/1?prefix=shop", "rediss://u:p@cache/1?prefix=shop"],
  ["valkey://cache", "valkey://cache"],
  ["unix:/run/redis.sock?db=2", "unix:/run/redis.sock?db=2"],
  ["Embedded", null],
  ["memory:", null],
  ["sqlite::memory:", null],
  ["sqlite:", null],
  ["sqlite:data/", null],
  ["sqlite:a.db?mode=ro", null],
  ["sqlite:%.db", null],
  ["redis://cache/0?password=x", null],
  ["redis://cache/0?prefix=", null],
  ["unix:/run/redis.sock?user=ada&password=x%26y", "unix:/run/redis.sock?user=ada&password=x%26y"],
  ["postgres://db/shop", null],
  ["cache:6379", null],
  ["", null],
  [6379, null],
  [null, null],
];

suite("a store is", () => {
  for (const [written, read] of rows) {
    test(`${JSON.stringify(written)}: ${read ?? "refused"}`, () => {
      const parsed = kind.parse(written);
      assert.equal(parsed.ok ? kind.rebase(parsed.value, "/srv/shop") : null, read);
    });
  }

  test("one the workers can share: a refusal of memory: says so", () => {
    const parsed = kind.parse("memory:");
    assert.match(parsed.ok ? "" : parsed.expected, /^"embedded" or a store such as sqlite:.*would not share/);
  });
});

suite("a store that is none is refused with what is wrong with it", () => {
  const faults: readonly (readonly [written: string, fault: RegExp])[] = [
    ["embeded", /\(did you mean embedded\?\)/],
    ["redis://cache/0?family=6", /its parameters are prefix, not family/],
    ["redis://cache/main", /database is a number/],
    ["redis://cache/0?prefix=", /prefix must not be empty/],
    ["redis://cache/0?prefix=a&prefix=b", /each parameter .* once/],
    ["redis://ada:se#cret@cache", /# as %23/],
    ["redis://ada:50%@cache", /% as %25/],
    ["unix://ada:x@/run/redis.sock", /\?user=…&password=…/],
    ["unix:redis.sock", /absolute path/],
    ["sqlite:a.db?maxSize=0", /maxSize is a size of at least 1MB/],
    ["sqlite:a.db?maxSize=999KB", /maxSize is a size of at least 1MB/],
    ["sqlite:a.db?maxsize=5MB", /its parameters are maxSize, not maxsize/],
    ["sqlite:/srv/", /path of a file/],
    ["sqlite://srv/a.db", /no host/],
  ];
  for (const [written, fault] of faults)
    test(written, () => {
      const parsed = kind.parse(written);
      assert.match(parsed.ok ? "taken" : parsed.expected, fault);
    });
});

suite("a password in a store's address", () => {
  const shown: readonly (readonly [address: string, shown: string])[] = [
    ["redis://ada:secret@cache:6379/0?prefix=shop", "redis://cache:6379/0?prefix=shop"],
    ["rediss://:s%40cret@cache", "rediss://cache"],
    ["redis:/\t/ada:secret@cache", "redis://cache"],
    ["unix:/run/redis.sock?db=2&user=ada&password=secret&prefix=a", "unix:/run/redis.sock?db=2&prefix=a"],
    ["unix:/run/redis.sock?%70assword=secret", "unix:/run/redis.sock"],
  ];
  for (const [address, text] of shown) {
    test(`is not shown: ${JSON.stringify(address)}`, () => {
      const parsed = kind.parse(address);
      assert.equal(parsed.ok && kind.show(parsed.value), text);
    });
  }

  const refused = [
    "redis://ada:secret@cache/0?family=6",
    "redis://ada:sec/ret?@cache",
    "redis://:secret",
    "ada:secret@cache:6379",
    "secret@cache",
    "redis://cache?password=secret",
    "unix:/run/redis.sock?password=secret&db=x",
    "unix:/run/redis.sock?password=a&secret",
    "unix:/run/redis.sock?password=a&secret=b",
    "redis://ada:123?secret=1@cache",
    "redis://ada:1/secret@cache",
    "redis://ada:%secret@cache",
    "unix://ada:secret@/run/redis.sock",
    "sqlite:/a.db?key=secret",
    "postgres://ada:secret@db/shop",
  ];
  const sources: Readonly<Record<string, (store: string) => Given>> = {
    "on the command line": (store) => ({ flags: { store } }),
    "in the environment": (store) => ({ env: { DROVER_STORE: store } }),
    "in a file": (store) => ({ file: { store } }),
    "in start()": (store) => ({ inline: { store } }),
  };
  for (const [where, given] of Object.entries(sources)) {
    test(`is not repeated by the error of a wrong one ${where}`, async (t) => {
      const folder = temporaryFolder(t);
      for (const store of refused) {
        const error = await resolveIn(folder, given(store)).then(() => assert.fail(store), String);
        assert.match(error, /expected "embedded" or a store such as sqlite:.*, got "/);
        assert.doesNotMatch(error, /sec|ret/, error.replace(folder, ""));
      }
    });
  }
});

test("a store's relative path starts from the file that names it, else from the folder of the command", async (t) => {
  const folder = temporaryFolder(t);
  mkdirSync(join(folder, "conf"));
  const configFile = "conf/drover.config.json";
  const files = { [configFile]: JSON.stringify({ entry: "../app.js", store: "sqlite:../data/a.db" }) };
  const fromFile = await resolveIn(folder, { files, configFile });
  assert.equal(fromFile.config.store, `sqlite:${join(folder, "data/a.db")}`);
  const flags = { store: "sqlite:./b.db" };
  const fromFlag = await resolveIn(folder, { files, configFile, flags });
  assert.equal(fromFlag.config.store, `sqlite:${join(folder, "b.db")}`);
});
