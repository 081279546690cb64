import assert from "node:assert/strict";
import { createPrivateKey, X509Certificate } from "node:crypto";
import { readFileSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, test, type TestContext } from "node:test";
import type { ChallengeType, ObtainJob } from "../../../src/protocol/certifier.ts";
import { failure, obtainJob, runCertifier, startResponder, type Respond } from "../../support/certifier.ts";
import { temporaryFolder } from "../../support/fixture.ts";
import { BLOCKED_NAME, startPebble, type Pebble, type PebbleOptions } from "../../support/pebble.ts";

interface Scene {
  readonly pebble: Pebble;
  readonly respond: Respond;
  readonly job: (more?: Partial<ObtainJob>) => ObtainJob;
}

/** An authority, a server it can look at, and jobs for it that keep their files in one folder. */
async function scene(t: TestContext, options: PebbleOptions = {}): Promise<Scene | undefined> {
  const responder = await startResponder(t);
  const { httpPort, tlsPort, respond } = responder;
  const pebble = await startPebble(t, { httpPort, tlsPort, ...options });
  if (!pebble) return undefined;
  const { directory, trust } = pebble;
  const base = obtainJob(t, { directory, trust });
  return { pebble, respond, job: (more = {}) => ({ ...base, ...more }) };
}

function chainOf({ certFile }: ObtainJob): readonly X509Certificate[] {
  const pems = readFileSync(certFile, "utf8").match(/-----BEGIN[^]+?-----END CERTIFICATE-----/g) ?? [];
  return pems.map((pem) => new X509Certificate(pem));
}

/** The leaf, once all of it is as it must be. */
function checkCertificate(job: ObtainJob, root: string): X509Certificate {
  const chain = chainOf(job);
  const [leaf] = chain;
  assert.ok(leaf);
  for (const [index, certificate] of chain.entries()) {
    const issuer = chain[index + 1] ?? new X509Certificate(root);
    assert.ok(certificate.verify(issuer.publicKey), `certificate ${index} is signed by the next one`);
  }
  assert.ok(leaf.checkPrivateKey(createPrivateKey(readFileSync(job.keyFile))));
  for (const name of job.names) assert.equal(leaf.checkHost(name), name);
  return leaf;
}

describe("a certificate", () => {
  for (const type of ["http-01", "tls-alpn-01"] as const satisfies readonly ChallengeType[]) {
    test(`is obtained by ${type}, for several names`, async (t) => {
      const at = await scene(t);
      if (!at) return;
      const job = at.job({ challenges: [type], names: ["shop.example", "www.shop.example"] });
      const { outcome, code, challenges } = await runCertifier(job, at.respond);
      assert.deepEqual(outcome, { type: "done" });
      assert.equal(code, 0);
      checkCertificate(job, at.pebble.root);
      const [asked, ...after] = challenges;
      assert.equal(Object.keys(asked?.http01 ?? {}).length, type === "http-01" ? 2 : 0);
      assert.deepEqual(Object.keys(asked?.alpn01 ?? {}).toSorted(), type === "http-01" ? [] : [...job.names]);
      assert.deepEqual(after, [{ http01: {}, alpn01: {} }], "nothing is answered afterwards");
    });
  }

  test("is for its owner's eyes only, with its key and the account", async (t) => {
    const at = await scene(t);
    if (!at) return;
    const job = at.job();
    assert.deepEqual((await runCertifier(job, at.respond)).outcome, { type: "done" });
    for (const file of [job.keyFile, job.certFile, job.accountFile]) assert.equal(statSync(file).mode & 0o777, 0o600);
    assert.equal(statSync(dirname(job.keyFile)).mode & 0o777, 0o700);
  });

  test("comes with all its intermediates", async (t) => {
    const at = await scene(t, { intermediates: 3 });
    if (!at) return;
    const job = at.job();
    assert.deepEqual((await runCertifier(job, at.respond)).outcome, { type: "done" });
    checkCertificate(job, at.pebble.root);
    assert.equal(chainOf(job).length, 4);
  });

  test("is renewed with another key and serial number, by the same account", async (t) => {
    const at = await scene(t);
    if (!at) return;
    const job = at.job();
    assert.deepEqual((await runCertifier(job, at.respond)).outcome, { type: "done" });
    const [first, account, key] = [job.certFile, job.accountFile, job.keyFile].map((file) =>
      readFileSync(file, "utf8"),
    );
    const { outcome } = await runCertifier({ ...job, replaces: first ?? null }, at.respond);
    assert.deepEqual(outcome, { type: "done" });
    const second = checkCertificate(job, at.pebble.root);
    assert.notEqual(second.serialNumber, new X509Certificate(first ?? "").serialNumber);
    assert.notEqual(readFileSync(job.keyFile, "utf8"), key);
    assert.equal(readFileSync(job.accountFile, "utf8"), account);
  });

  test("is obtained though half of all nonces are refused", async (t) => {
    const at = await scene(t, { rejectedNonces: 50 });
    if (!at) return;
    const { outcome } = await runCertifier(at.job(), at.respond);
    assert.deepEqual(outcome, { type: "done" });
  });

  test("is obtained by the next challenge where the first one fails", async (t) => {
    const at = await scene(t);
    if (!at) return;
    const job = at.job({ names: ["shop.example", "www.shop.example"] });
    const { outcome, challenges } = await runCertifier(job, ({ alpn01 }) => at.respond({ http01: {}, alpn01 }));
    assert.deepEqual(outcome, { type: "done" });
    checkCertificate(job, at.pebble.root);
    const kinds = challenges.map(({ http01, alpn01 }) => [Object.keys(http01).length, Object.keys(alpn01).length]);
    assert.deepEqual(kinds, [
      [2, 0],
      [0, 0],
      [0, 2],
      [0, 0],
    ]);
  });
});

describe("an account", () => {
  const customers = { "customer-1": Buffer.from("a key that only the two of us know").toString("base64url") };

  test("of a customer is bound to the authority's own record of him", async (t) => {
    const at = await scene(t, { customers });
    if (!at) return;
    const job = at.job({ externalAccount: { keyId: "customer-1", hmacKey: customers["customer-1"] } });
    for (const attempt of ["the first", "the second"]) {
      const { outcome } = await runCertifier(job, at.respond);
      assert.deepEqual(outcome, { type: "done" }, attempt);
    }
  });

  test("of a stranger is refused where customers only are served", async (t) => {
    const at = await scene(t, { customers });
    if (!at) return;
    const { code, message, hint } = await failure(at.job());
    assert.equal(code, "ACME_ACCOUNT_REFUSED");
    assert.match(message, /^expected 127\.0\.0\.1:\d+ to register an account, got status 403: .*external/i);
    assert.match(hint, /tls\.acme\.keyId/);
    const wrong = { keyId: "customer-1", hmacKey: Buffer.from("something else").toString("base64url") };
    assert.equal((await failure(at.job({ externalAccount: wrong }))).code, "ACME_ACCOUNT_REFUSED");
  });

  test("learns of a new e-mail address, and lives on", async (t) => {
    const at = await scene(t);
    if (!at) return;
    assert.deepEqual((await runCertifier(at.job(), at.respond)).outcome, { type: "done" });
    const job = at.job({ email: "grace@shop.example" });
    const { outcome } = await runCertifier(job, at.respond);
    assert.deepEqual(outcome, { type: "done" });
    const accounts = JSON.parse(readFileSync(job.accountFile, "utf8"));
    assert.deepEqual(Object.keys(accounts), [job.directory]);
    assert.equal(accounts[job.directory].email, "grace@shop.example");
  });
});

test("an account file that cannot be read is left alone, and the error says so", async (t) => {
  for (const text of ["{", '{"https://acme.example/dir":{"key":{"kty":"EC"}}}']) {
    const at = await scene(t);
    if (!at) return;
    const accountFile = join(temporaryFolder(t), "accounts.json");
    writeFileSync(accountFile, text.replace("https://acme.example/dir", at.pebble.directory));
    const before = readFileSync(accountFile, "utf8");
    const { code, message } = await failure(at.job({ accountFile }));
    assert.equal(code, "ACME_ACCOUNT_REFUSED");
    assert.ok(message.startsWith(`expected ACME accounts in ${accountFile}, got `), message);
    assert.equal(readFileSync(accountFile, "utf8"), before);
  }
});

describe("no certificate is given", () => {
  test("for a name that is somebody else's server, and the error says so", async (t) => {
    const at = await scene(t);
    if (!at) return;
    const { code, message, hint } = await failure(at.job());
    assert.equal(code, "ACME_CHALLENGE_FAILED");
    assert.match(
      message,
      /shop\.example is this server, got: shop\.example by http-01: .+; shop\.example by tls-alpn-01: ./,
    );
    assert.match(hint, /Port 80 of shop\.example is answered by something else/);
  });

  test("for a name whose port 80 nobody answers, and the error says so", async (t) => {
    const pebble = await startPebble(t);
    if (!pebble) return;
    const { directory, trust } = pebble;
    const { code, message, hint } = await failure(obtainJob(t, { directory, trust, challenges: ["http-01"] }));
    assert.equal(code, "ACME_CHALLENGE_FAILED");
    assert.match(message, /by http-01: .*connection refused/);
    assert.match(hint, /^Let the internet reach port 80 of shop\.example/);
  });

  test("for a name that the authority refuses, and the error says which", async (t) => {
    const at = await scene(t);
    if (!at) return;
    const { code, message, hint } = await failure(at.job({ names: ["shop.example", BLOCKED_NAME] }), at.respond);
    assert.equal(code, "ACME_REFUSED");
    assert.match(
      message,
      /to give a certificate for shop\.example, blocked\.example, got status 400: .*blocked\.example/,
    );
    assert.match(hint, /tls\.acme\.domains/);
  });

  test("for a wildcard, which takes a DNS record", async (t) => {
    const at = await scene(t);
    if (!at) return;
    const { code, message, hint } = await failure(at.job({ names: ["*.shop.example"] }), at.respond);
    assert.equal(code, "ACME_CHALLENGE_FAILED");
    assert.match(message, /^expected to prove \*\.shop\.example by http-01 or tls-alpn-01, got dns-01/);
    assert.match(hint, /one by one/);
  });

  test("and the files of the one before are left alone", async (t) => {
    const at = await scene(t);
    if (!at) return;
    const job = at.job();
    assert.deepEqual((await runCertifier(job, at.respond)).outcome, { type: "done" });
    const before = [job.certFile, job.keyFile].map((file) => readFileSync(file, "utf8"));
    at.respond({ http01: {}, alpn01: {} });
    await failure(job);
    assert.deepEqual(
      [job.certFile, job.keyFile].map((file) => readFileSync(file, "utf8")),
      before,
    );
  });
});
