import assert from "node:assert/strict";
import { readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { suite, test } from "node:test";
import { RenewalBook, type Tries } from "../../../src/primary/tls/renewal-book.ts";
import { temporaryFolder } from "../../support/fixture.ts";

const TRIES: Tries = {
  certificate: null,
  failures: 2,
  problem: { code: "ACME_RATE_LIMITED", message: "too many", hint: null },
  wait: { since: 1_000, ms: 2_000 },
};

suite("the book of renewals", () => {
  test("is read by the next one, for each authority, and is this user's alone", async (t) => {
    const file = join(temporaryFolder(t), "renewals.json");
    const book = new RenewalBook(file, "letsencrypt");
    assert.equal(book.read("a.example"), null);
    await book.keep("a.example", TRIES);
    await book.keep("b.example", { ...TRIES, certificate: "AB:CD", problem: null });
    assert.equal(statSync(file).mode & 0o777, 0o600);
    const next = new RenewalBook(file, "letsencrypt");
    assert.deepEqual(next.read("a.example"), TRIES);
    assert.equal(next.read("b.example")?.certificate, "AB:CD");
    assert.equal(new RenewalBook(file, "letsencrypt-staging").read("a.example"), null);
  });

  test("that makes no sense is none, and begins anew", async (t) => {
    const file = join(temporaryFolder(t), "renewals.json");
    const book = new RenewalBook(file, "letsencrypt");
    const senseless = [
      { ...TRIES, wait: { since: "soon", ms: 1 } },
      { ...TRIES, wait: null },
      { ...TRIES, problem: { code: "OTHER" } },
      { ...TRIES, failures: -1 },
      7,
    ];
    for (const tries of senseless) {
      writeFileSync(file, JSON.stringify({ "a.example letsencrypt": tries }));
      assert.equal(book.read("a.example"), null, JSON.stringify(tries));
    }
    writeFileSync(file, "no JSON");
    assert.equal(book.read("a.example"), null);
    await book.keep("a.example", TRIES);
    assert.deepEqual(JSON.parse(readFileSync(file, "utf8")), { "a.example letsencrypt": TRIES });
  });

  test("that cannot be written stops nothing", async (t) => {
    const folder = temporaryFolder(t);
    writeFileSync(join(folder, "file"), "");
    await new RenewalBook(join(folder, "file", "renewals.json"), "letsencrypt").keep("a.example", TRIES);
  });
});
