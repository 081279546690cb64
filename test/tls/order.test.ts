import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { Roots } from "../../src/tls/chain.ts";
import { loadCertificate, type Loaded } from "../../src/tls/load-certificate.ts";
import { order } from "../../src/tls/order.ts";
import { source } from "../support/certificate-files.ts";
import { createSelfSigned, type KeyType } from "../support/certificates.ts";

async function load(keyType: KeyType, ...names: readonly string[]): Promise<Loaded> {
  return await loadCertificate(source(await createSelfSigned({ keyType, names })), new Roots());
}

suite("the order of certificates", () => {
  test("is the configuration's", async () => {
    const both = [await load("ec", "a.example"), await load("rsa", "b.example")];
    assert.deepEqual(order(both, false, "24.21.0"), { certificates: both, warnings: [] });
  });

  const rows: readonly (readonly [node: string, wrong: boolean])[] = [
    ["22.23.3", true],
    ["24.19.0", true],
    ["24.20.0", false],
    ["25.9.0", true],
    ["26.6.1", true],
    ["26.7.0", false],
    ["28.0.0", false],
  ];
  for (const [node, wrong] of rows)
    test(`on Node ${node} ${wrong ? "puts an RSA key first, and warns" : "is left alone"}`, async () => {
      const [ec, rsa] = [await load("ec", "a.example"), await load("rsa", "b.example")];
      const { certificates, warnings } = order([ec, rsa], false, node);
      assert.deepEqual(certificates, wrong ? [rsa, ec] : [ec, rsa]);
      assert.equal(warnings.length, wrong ? 1 : 0);
    });

  test("keeps the default that was named, and names both certificates in the warning", async () => {
    const [ec, rsa] = [await load("ec", "a.example"), await load("rsa", "b.example")];
    const { certificates, warnings } = order([ec, rsa], true, "22.23.3");
    assert.deepEqual(certificates, [ec, rsa]);
    assert.match(warnings[0]?.message ?? "", /TLS 1.3 that ask for b.example .*EC P-256.*RSA 2048/);
  });

  test("needs no warning for one type of key", async () => {
    const both = [await load("ec", "a.example"), await load("ec", "b.example")];
    assert.deepEqual(order(both, true, "22.23.3").warnings, []);
  });

  test("warns of a name in two certificates: the first is used", async () => {
    const both = [await load("ec", "a.example"), await load("ec", "b.example", "a.example")];
    const { warnings } = order(both, false, "24.21.0");
    assert.match(warnings[0]?.message ?? "", /^a.example is in two certificates/);
  });
});
