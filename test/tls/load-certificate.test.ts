import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createPrivateKey, X509Certificate } from "node:crypto";
import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { suite, test, type TestContext } from "node:test";
import { createSecureContext } from "node:tls";
import { Roots } from "../../src/tls/chain.ts";
import { loadCertificate, type Loaded } from "../../src/tls/load-certificate.ts";
import type { Source } from "../../src/tls/source.ts";
import { source, writeCertificate } from "../support/certificate-files.ts";
import { createAuthority, createChain, createSelfSigned } from "../support/certificates.ts";
import { temporaryFolder } from "../support/fixture.ts";
import { need } from "../support/tools.ts";

function load(given: Partial<Source>): Promise<Loaded> {
  return loadCertificate(source(given), new Roots());
}

/** The common names in a chain, leaf first. */
function subjects(pems: readonly string[]): readonly string[] {
  return pems.map((pem) => new X509Certificate(pem).subject.replace("CN=", ""));
}

/** What it is refused with. */
async function refused(given: Partial<Source>): Promise<string> {
  const error = await load(given).then(
    () => new Error("it was loaded"),
    (error: unknown) => error as Error & { code?: string; hint?: string },
  );
  return `${"code" in error ? error.code : ""} ${error.message} ${"hint" in error ? error.hint : ""}`;
}

suite("a certificate", () => {
  test("is read from files and from texts alike", async (t) => {
    const pair = await createSelfSigned({ names: ["shop.example", "*.shop.example", "10.0.0.1", "::1"] });
    const files = writeCertificate(temporaryFolder(t), pair);
    const [fromFiles, fromTexts] = [await load(files), await load(pair)];
    assert.deepEqual(fromFiles.certificate, fromTexts.certificate);
    assert.deepEqual(fromFiles.certificate.names, ["shop.example", "*.shop.example"]);
    assert.deepEqual(fromFiles.facts.names, ["shop.example", "*.shop.example", "10.0.0.1", "::1"]);
    assert.equal(fromFiles.facts.issuer, "self-signed");
    assert.equal(fromFiles.facts.keyType, "EC P-256");
  });

  test("may be in one file with its key and its chain, in any order", async (t) => {
    const chain = await createChain({ intermediates: 2 });
    const file = join(temporaryFolder(t), "all.pem");
    const [near = "", far = ""] = chain.intermediates;
    writeFileSync(file, ["a comment\n", far, chain.key, chain.root, "another\n", chain.cert, near].join(""));
    const { facts } = await load({ cert: file, key: file });
    assert.deepEqual(subjects(facts.chain), ["localhost", "Test intermediate 2", "Test intermediate 1"]);
  });

  test("gets the intermediates of `ca` in order, without roots and doubles", async () => {
    const { root, intermediates, cert, key } = await createChain({ intermediates: 3 });
    const { facts } = await load({ cert, key, ca: [root, ...intermediates.toReversed(), ...intermediates] });
    assert.deepEqual(
      facts.chain,
      [cert, ...intermediates].map((pem) => new X509Certificate(pem).toString()),
    );
    assert.deepEqual(facts.trust, { to: "private" });
    assert.deepEqual(facts.unrelated, []);
  });

  test("tells what of `ca` has no part in its chain", async () => {
    const { cert, key } = await createSelfSigned();
    const { root } = await createAuthority({ name: "Other" });
    const { facts } = await load({ cert, key, ca: [root] });
    assert.deepEqual(facts.unrelated, ["Other root"]);
    assert.equal(facts.chain.length, 1);
  });

  test("tells who is missing where its chain leads nowhere", async () => {
    const { cert, key, intermediates } = await createChain({ intermediates: 2 });
    const { facts } = await load({ cert, key, ca: intermediates.slice(0, 1) });
    assert.deepEqual(facts.trust, { to: "nowhere", issuer: "Test intermediate 1", url: null });
  });

  for (const [keyType, shown] of [
    ["ec", "EC P-256"],
    ["rsa", "RSA 2048"],
    ["ed25519", "Ed25519"],
  ] as const)
    test(`may have a key of type ${keyType}`, async () => {
      const { certificate, facts } = await load(await createSelfSigned({ keyType }));
      assert.equal(facts.keyType, shown);
      assert.ok("cert" in certificate && createSecureContext(certificate));
    });

  test("loses the passphrase of its key", async () => {
    const { cert, key } = await createSelfSigned();
    const locked = createPrivateKey(key).export({
      type: "pkcs8",
      format: "pem",
      cipher: "aes-256-cbc",
      passphrase: "sesame",
    });
    const { certificate } = await load({ cert, key: locked.toString(), passphrase: "sesame" });
    assert.ok("key" in certificate && createSecureContext(certificate));
    assert.match(
      await refused({ cert, key: locked.toString() }),
      /^TLS_INVALID tls.key: expected the passphrase .* got none DROVER|got none Set DROVER_TLS_PASSPHRASE/,
    );
    assert.match(
      await refused({ cert, key: locked.toString(), passphrase: "open" }),
      /got another Set DROVER_TLS_PASSPHRASE/,
    );
  });

  test("says which key file everybody may read", async (t) => {
    const files = writeCertificate(temporaryFolder(t), await createSelfSigned());
    assert.equal((await load(files)).facts.openKey, null);
    chmodSync(files.key, 0o644);
    assert.equal((await load(files)).facts.openKey, files.key);
  });

  test("is for the names it is configured for, and tells which of them are not in it", async () => {
    const pair = await createSelfSigned({ names: ["*.shop.example"] });
    const { certificate, facts } = await load({
      ...pair,
      names: ["www.shop.example", "a.b.shop.example", "shop.example"],
    });
    assert.deepEqual(certificate.names, ["www.shop.example", "a.b.shop.example", "shop.example"]);
    assert.deepEqual(facts.uncovered, ["a.b.shop.example", "shop.example"]);
  });
});

/** The path of one with a chain of three. */
async function pfx(t: TestContext): Promise<string> {
  const folder = temporaryFolder(t);
  const { cert, key, intermediates, root } = await createChain({ intermediates: 2, names: ["shop.example"] });
  const files = writeCertificate(folder, { cert, key });
  const [chain, path] = [join(folder, "chain.pem"), join(folder, "site.p12")];
  writeFileSync(chain, [...intermediates.toReversed(), root].join(""));
  const from = ["-in", files.cert, "-inkey", files.key, "-certfile", chain];
  execFileSync("openssl", ["pkcs12", "-export", ...from, "-out", path, "-passout", "pass:sesame"]);
  return path;
}

suite("a PKCS #12 file", () => {
  test("is looked into and handed on as it is", async (t) => {
    if (!need(t, "openssl", "openssl")) return;
    const { certificate, facts } = await load({ pfx: await pfx(t), passphrase: "sesame" });
    assert.deepEqual(certificate.names, ["shop.example"]);
    assert.ok("pfx" in certificate && certificate.passphrase === "sesame");
    assert.deepEqual(subjects(facts.chain), ["shop.example", "Test intermediate 2", "Test intermediate 1"]);
    assert.equal(facts.trust.to, "private");
  });

  test("is refused without its passphrase, or where it is something else", async (t) => {
    if (!need(t, "openssl", "openssl")) return;
    const path = await pfx(t);
    assert.match(await refused({ pfx: path }), /^TLS_INVALID tls.pfx: expected the passphrase of .*site.p12, got none/);
    assert.match(await refused({ pfx: path, passphrase: "open" }), /got another/);
    writeFileSync(path, "something else");
    assert.match(await refused({ pfx: path, passphrase: "sesame" }), /^TLS_INVALID tls.pfx: expected a PKCS #12 file/);
  });
});

suite("what no TLS server could use", () => {
  const rows: readonly (readonly [
    title: string,
    given: (pair: { cert: string; key: string }, folder: string) => Partial<Source> | Promise<Partial<Source>>,
    refusal: RegExp,
  ])[] = [
    [
      "a file that is not there",
      (pair) => ({ ...pair, cert: "/nowhere/a.pem" }),
      /^TLS_UNREADABLE tls.cert: expected to read \/nowhere\/a.pem, got no such file Check/,
    ],
    [
      "a folder",
      (pair, folder) => ({ ...pair, key: folder }),
      /^TLS_UNREADABLE tls.key: expected to read .*, got a folder/,
    ],
    [
      "a pipe that nobody writes to",
      (pair, folder) => ({ ...pair, key: pipe(folder) }),
      /^TLS_UNREADABLE tls.key: expected to read .*, got no regular file It is read again/,
    ],
    [
      "an empty file",
      (pair, folder) => ({ ...pair, cert: write(folder, "") }),
      /^TLS_INVALID tls.cert: expected a certificate in PEM in .*, got nothing/,
    ],
    ["a file without PEM", (pair, folder) => ({ ...pair, cert: write(folder, "hello") }), /got no PEM It begins/],
    [
      "a file in DER",
      (pair, folder) => ({ ...pair, cert: write(folder, new X509Certificate(pair.cert).raw) }),
      /got no PEM \(is it in DER\?\)/,
    ],
    [
      "a key as the certificate",
      ({ key }) => ({ cert: key, key }),
      /tls.cert: expected a certificate in PEM in the configuration, got PRIVATE KEY/,
    ],
    [
      "a certificate as the key",
      ({ cert }) => ({ cert, key: cert }),
      /tls.key: expected a private key in PEM in the configuration, got CERTIFICATE/,
    ],
    [
      "a certificate that was cut off",
      ({ cert, key }) => ({ cert: cut(cert), key }),
      /^TLS_INVALID tls.cert: expected a certificate .* that OpenSSL refuses/,
    ],
    [
      "a key that was cut off",
      ({ cert, key }) => ({ cert, key: cut(key) }),
      /^TLS_INVALID tls.key: expected a private key .* that OpenSSL cannot read/,
    ],
    [
      "another certificate's key",
      async ({ cert }) => ({ cert, key: (await createSelfSigned()).key }),
      /^TLS_INVALID tls.key: expected the private key of the certificate in the configuration \(localhost\), got another one/,
    ],
    ["garbage in `ca`", (pair) => ({ ...pair, ca: ["/nowhere/ca.pem"] }), /^TLS_UNREADABLE tls.ca: /],
  ];

  for (const [title, given, refusal] of rows)
    test(`refuses ${title}`, async (t) => {
      assert.match(await refused(await given(await createSelfSigned(), temporaryFolder(t))), refusal);
    });

  test("refuses an RSA key that is too short", async (t) => {
    if (!need(t, "openssl", "openssl")) return;
    const folder = temporaryFolder(t);
    const [cert, key] = [join(folder, "weak.pem"), join(folder, "weak.key")];
    const made = ["-newkey", "rsa:1024", "-noenc", "-keyout", key, "-out", cert, "-subj", "/CN=weak"];
    execFileSync("openssl", ["req", "-x509", ...made], { stdio: "ignore" });
    assert.match(
      await refused({ cert, key }),
      /^TLS_INVALID tls.cert: expected an RSA key of 2048 bits or more, got 1024 in /,
    );
  });
});

function write(folder: string, content: string | Buffer): string {
  mkdirSync(folder, { recursive: true });
  const file = join(folder, "some.pem");
  writeFileSync(file, content);
  return file;
}

function pipe(folder: string): string {
  const file = join(folder, "pipe.pem");
  execFileSync("mkfifo", [file]);
  return file;
}

/** The frame stays: a file that ends too early is no PEM at all. */
function cut(pem: string): string {
  const lines = pem.trim().split("\n");
  return [...lines.slice(0, 2), ...lines.slice(-1)].join("\n");
}
