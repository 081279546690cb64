import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { suite, test, type TestContext } from "node:test";
import type { Check } from "../../../src/cli/doctor/checks.ts";
import { writeCertificate } from "../../support/certificate-files.ts";
import { createSelfSigned, type LeafOptions } from "../../support/certificates.ts";
import { temporaryFolder } from "../../support/fixture.ts";
import { drover } from "../built-cli.ts";

const DAY = 86_400_000;

async function doctor(t: TestContext, tls: object, options: LeafOptions | null = {}) {
  const cwd = temporaryFolder(t);
  if (options) writeCertificate(cwd, await createSelfSigned(options));
  writeFileSync(join(cwd, "app.js"), "");
  writeFileSync(join(cwd, "drover.config.json"), JSON.stringify({ port: 0, tls }));
  const { code, stdout } = await drover(["doctor", "--json"], { cwd });
  const { checks } = JSON.parse(stdout) as { checks: readonly Check[] };
  return { code, of: (name: string) => checks.filter((check) => check.name === name) };
}

const FILES = { cert: "site.pem", key: "site.key" };

suite("doctor on HTTPS", () => {
  test("says nothing of it where there is none", async (t) => {
    assert.deepEqual((await doctor(t, {})).of("certificate"), []);
  });

  test("shows a certificate that is well", async (t) => {
    const { code, of } = await doctor(t, FILES, { notAfter: new Date(Date.now() + 60.5 * DAY) });
    assert.equal(code, 0);
    assert.equal(of("certificate")[0]?.state, "ok");
    assert.match(
      of("certificate")[0]?.message ?? "",
      /^localhost \(self-signed, EC P-256\), expires in 60 d: .*site.pem$/,
    );
  });

  test("warns of an end that is near, or past", async (t) => {
    const begun = { notBefore: new Date(Date.now() - 80 * DAY) };
    const near = await doctor(t, FILES, { ...begun, notAfter: new Date(Date.now() + 3 * DAY) });
    assert.match(
      `${near.of("certificate")[0]?.state} ${near.of("certificate")[0]?.message}`,
      /^warning .*expires in \d+ d/,
    );
    const past = await doctor(t, FILES, { ...begun, notAfter: new Date(Date.now() - DAY) });
    assert.match(`${past.of("certificate")[0]?.state} ${past.of("certificate")[0]?.message}`, /^warning .*expired on/);
  });

  test("finds a certificate that keeps the app from starting", async (t) => {
    const { code, of } = await doctor(t, FILES, null);
    assert.equal(code, 1);
    assert.match(
      `${of("certificate")[0]?.state} ${of("certificate")[0]?.message}`,
      /^problem tls.cert: .*no such file/,
    );
    const clients = await doctor(t, { ...FILES, clientCert: "ask", clientCa: "site.key" });
    assert.match(`${clients.of("certificate")[1]?.message}`, /^tls.clientCa: expected a certificate in PEM/);
  });

  test("warns of a domain that leads nowhere", async (t) => {
    const acme = { domains: ["localhost", "shop.invalid"] };
    const { of } = await doctor(t, { acme, redirect: false }, null);
    assert.deepEqual(
      of("domain").map(({ state }) => state),
      ["ok", "warning"],
    );
  });

  test("finds an address for redirects that cannot be bound", async (t) => {
    const { code, of } = await doctor(t, { ...FILES, redirect: "192.0.2.1:80" });
    assert.equal(code, 1);
    assert.equal(of("redirect")[0]?.state, "problem");
  });
});
