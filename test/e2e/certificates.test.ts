import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { chmodSync, mkdirSync, readFileSync, renameSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { replaceCertificate, writeCertificate, type CertificateFiles } from "../support/certificate-files.ts";
import {
  createAuthority,
  createSelfSigned,
  type Authority,
  type Certificate,
  type LeafOptions,
} from "../support/certificates.ts";
import { launch, start, type Drover, type ReadyDrover } from "../support/drover.ts";
import { app, temporaryFolder } from "../support/fixture.ts";
import { handshake } from "../support/handshake.ts";
import { startLoad } from "../support/load.ts";
import { until, within } from "../support/wait.ts";

const DAY = 86_400_000;

interface Site {
  readonly authority: Authority;
  readonly folder: string;
  readonly issue: (options?: LeafOptions) => Promise<Certificate>;
}

async function site(t: TestContext): Promise<Site> {
  const authority = await createAuthority({ intermediates: 1 });
  return { authority, folder: temporaryFolder(t), issue: (options) => authority.issue(options) };
}

function flags({ cert, key }: CertificateFiles): readonly string[] {
  return ["--tls-cert", cert, "--tls-key", key];
}

function serve(t: TestContext, files: CertificateFiles, ...more: readonly string[]): Promise<ReadyDrover> {
  return start(t, app("express5-export.js"), { flags: [...flags(files), ...more] });
}

function fingerprint({ cert }: Certificate): string {
  return new X509Certificate(cert).fingerprint256;
}

/** Every worker shows it: who accepts is chance, so that several handshakes are asked. */
async function isShown(port: number, certificate: Certificate): Promise<void> {
  for (let times = 0; times < 8; times += 1)
    assert.equal((await handshake(port)).certificate.fingerprint256, fingerprint(certificate));
}

function swapped(drover: Drover, certificate: Certificate): Promise<unknown> {
  return drover.log.event("certificate-swapped", (line) => line["fingerprint"] === fingerprint(certificate));
}

async function list(drover: Drover): Promise<readonly Record<string, unknown>[]> {
  const { stdout, code } = await drover.verb("cert", "list", "--json");
  assert.equal(code, 0);
  return (JSON.parse(stdout) as { certificates: readonly Record<string, unknown>[] }).certificates;
}

test("a certificate that is replaced is used for new handshakes, and the open connections live on", async (t) => {
  const { authority, folder, issue } = await site(t);
  const [first, second] = [await issue(), await issue()];
  const drover = await serve(t, writeCertificate(folder, first, "site", authority.intermediates));
  await isShown(drover.port, first);
  const load = startLoad(t, { port: drover.port, ca: authority.root }, { clients: 4 });
  replaceCertificate(folder, second, authority.intermediates);
  await swapped(drover, second);
  await isShown(drover.port, second);
  assert.ok((await handshake(drover.port, "localhost", authority.root)).authorized);
  await load.stop();
  assert.deepEqual(load.failures, []);
});

test("certbot's and Kubernetes' links are followed to what they lead to by now", async (t) => {
  const { authority, folder, issue } = await site(t);
  const [first, second] = [await issue(), await issue()];
  writeCertificate(join(folder, "..1"), first, "site", authority.intermediates);
  writeCertificate(join(folder, "..2"), second, "site", authority.intermediates);
  symlinkSync("..1", join(folder, "..data"));
  for (const file of ["site.pem", "site.key"]) symlinkSync(`..data/${file}`, join(folder, file));
  const drover = await serve(t, { cert: join(folder, "site.pem"), key: join(folder, "site.key") });
  await isShown(drover.port, first);
  symlinkSync("..2", join(folder, "..data.new"));
  renameSync(join(folder, "..data.new"), join(folder, "..data"));
  await swapped(drover, second);
  await isShown(drover.port, second);
});

test("what is worse is refused, the old one is kept, and cert list says why until it is mended", async (t) => {
  const { authority, folder, issue } = await site(t);
  const [first, second] = [await issue(), await issue()];
  const files = writeCertificate(folder, first, "site", authority.intermediates);
  const drover = await serve(t, files);
  const refusals: readonly (readonly [Certificate | string, RegExp])[] = [
    ["garbage", /expected a certificate in PEM in .*, got no PEM/],
    [{ cert: second.cert, key: first.key }, /expected the private key of the certificate/],
    [await issue({ notBefore: new Date(Date.now() - 9 * DAY), notAfter: new Date(Date.now() - DAY) }), /expired on/],
    [await issue({ names: ["other.example"] }), /is for other.example, and the one in use for localhost/],
  ];
  for (const [bad, problem] of refusals) {
    if (typeof bad === "string") writeFileSync(files.cert, bad);
    else replaceCertificate(folder, bad, authority.intermediates);
    const line = await drover.log.event("certificate-refused", ({ problem: said }) => problem.test(String(said)));
    assert.match(String(line["msg"]), /the one before is kept/);
    const [listed] = await list(drover);
    assert.match(String(listed?.["problem"]), problem);
    assert.equal(listed?.["fingerprint"], fingerprint(first));
    await isShown(drover.port, first);
  }
  replaceCertificate(folder, second, authority.intermediates);
  await swapped(drover, second);
  assert.equal((await list(drover))[0]?.["fingerprint"], fingerprint(second));
});

test("cert renew fails with what is refused, and succeeds when it is mended", async (t) => {
  const { authority, folder, issue } = await site(t);
  const [first, second] = [await issue(), await issue()];
  const files = writeCertificate(folder, first, "site", authority.intermediates);
  const drover = await serve(t, files);
  writeFileSync(files.cert, "garbage");
  const refused = await drover.verb("cert", "renew");
  assert.equal(refused.code, 78);
  assert.match(refused.stderr, /refused, and what was read before serves on: .*got no PEM.* \[TLS_INVALID\]/);
  replaceCertificate(folder, second, authority.intermediates);
  const renewed = await drover.verb("cert", "renew");
  assert.equal(renewed.code, 0, renewed.stderr);
  await isShown(drover.port, second);
});

test("cert list and status show names, issuer, end, key and source", async (t) => {
  const { authority, folder, issue } = await site(t);
  const pair = await issue({ names: ["localhost", "*.shop.example"] });
  const files = writeCertificate(folder, pair, "site", [...authority.intermediates, authority.root]);
  const drover = await serve(t, files);
  const { stdout } = await drover.verb("cert", "list");
  assert.match(stdout, /NAMES +ISSUER +EXPIRES IN +KEY +SOURCE/);
  assert.match(stdout, /localhost, \*\.shop\.example +Test intermediate 1 +\d+ h +EC P-256 +.*site\.pem/);
  const status = await drover.verb("status");
  assert.match(status.stdout, /certificate +localhost, \*\.shop\.example \(Test intermediate 1\), expires in \d+ h/);
  assert.deepEqual(
    (await list(drover)).map(({ names, issuer, fingerprint: shown, source, renewsAt, problem }) => {
      return { names, issuer, shown, source, renewsAt, problem };
    }),
    [
      {
        names: ["localhost", "*.shop.example"],
        issuer: "Test intermediate 1",
        shown: fingerprint(pair),
        source: files.cert,
        renewsAt: null,
        problem: null,
      },
    ],
  );
});

test("an app without HTTPS has no certificates, and nothing to renew", async (t) => {
  const drover = await start(t, app("express5-export.js"));
  assert.deepEqual(await list(drover), []);
  assert.match((await drover.verb("cert", "list")).stdout, /no certificates/);
  assert.match((await drover.verb("cert", "renew")).stdout, /nothing to renew/);
});

test("a start with a certificate that cannot be used ends with 78 and what to do", async (t) => {
  const { folder, issue } = await site(t);
  const files = writeCertificate(folder, { cert: (await issue()).cert, key: (await issue()).key });
  const drover = launch(t, app("express5-export.js"), { flags: flags(files) });
  assert.equal((await within(drover.exit, "the end")).code, 78);
  assert.match(drover.log.tail(), /expected the private key of the certificate in .*TLS_INVALID/);
});

test("a start with one that has expired serves it, and warns of it", async (t) => {
  const { folder, issue } = await site(t);
  const expired = await issue({ notBefore: new Date(Date.now() - 9 * DAY), notAfter: new Date(Date.now() - DAY) });
  const files = writeCertificate(folder, expired);
  chmodSync(files.key, 0o644);
  const drover = await serve(t, files);
  const rules = drover.log.events("certificate-flawed").map(({ rule }) => rule);
  assert.deepEqual(rules, ["expired", "incomplete", "open-key"]);
  await isShown(drover.port, expired);
});

test("a reload reads the certificates anew; a bad one refuses it before anything is touched", async (t) => {
  const { authority, folder, issue } = await site(t);
  const [first, second] = [await issue(), await issue({ names: ["localhost", "new.example"] })];
  const files = writeCertificate(folder, first, "site", authority.intermediates);
  const drover = await serve(t, files);
  const pids = [...drover.workers().values()];
  writeFileSync(files.cert, "garbage");
  const refused = await drover.verb("reload");
  assert.equal(refused.code, 78);
  assert.match(refused.stderr, /got no PEM/);
  assert.deepEqual([...drover.workers().values()], pids);
  await isShown(drover.port, first);
  replaceCertificate(folder, second, authority.intermediates);
  assert.equal((await drover.verb("reload")).code, 0);
  await isShown(drover.port, second);
});

test("--tls dev serves a self-signed certificate that is kept for the next start", async (t) => {
  const home = temporaryFolder(t);
  mkdirSync(join(home, "run"), { mode: 0o700 });
  const options = { flags: ["--tls", "dev"], env: { DROVER_HOME: home } };
  const drover = await start(t, app("express5-export.js"), options);
  const shown = (await handshake(drover.port)).certificate;
  assert.match(shown.subjectAltName ?? "", /DNS:localhost, IP Address:127.0.0.1, IP Address:0:0:0:0:0:0:0:1/);
  const file = String((await drover.log.event("certificate-dev"))["file"]);
  assert.ok(file.startsWith(home));
  const [listed] = await list(drover);
  assert.equal(listed?.["source"], "--tls dev");
  assert.equal(listed?.["problem"], null);
  await drover.stop();
  const again = await start(t, app("express5-export.js"), options);
  assert.equal((await handshake(again.port)).certificate.fingerprint256, shown.fingerprint256);
});

test("a worker that starts after a swap has the new certificate from its birth", async (t) => {
  const { authority, folder, issue } = await site(t);
  const [first, second] = [await issue(), await issue()];
  const drover = await serve(t, writeCertificate(folder, first, "site", authority.intermediates));
  replaceCertificate(folder, second, authority.intermediates);
  await swapped(drover, second);
  const [pid = 0] = drover.workers().values();
  process.kill(pid, "SIGKILL");
  await drover.log.event("worker-died", (line) => line.pid === pid);
  await until(() => drover.workers().size === 2, "the worker's replacement");
  await isShown(drover.port, second);
});

test("a certificate of another authority takes its place as well", async (t) => {
  const { authority, folder, issue } = await site(t);
  const drover = await serve(t, writeCertificate(folder, await issue(), "site", authority.intermediates));
  const other = await createSelfSigned({ keyType: "rsa" });
  replaceCertificate(folder, other, []);
  await swapped(drover, other);
  await isShown(drover.port, other);
});

test(
  "with --user the key is read by Drover alone, and what is secret is in no worker's environment",
  { skip: process.getuid?.() !== 0 && "only root may" },
  async (t) => {
    const { folder, issue } = await site(t);
    const [first, second] = [await issue(), await issue()];
    const files = writeCertificate(folder, first);
    const state = temporaryFolder(t);
    chmodSync(state, 0o755);
    const drover = await start(t, app("environment.js"), {
      flags: [...flags({ ...files }), "--user", "65534", "--group", "65534"],
      env: {
        STATE_DIRECTORY: state,
        DROVER_TLS_PASSPHRASE: "sesame",
        DROVER_ACME_MAC_KEY: "c2VzYW1l",
        DROVER_ACME_KEY_ID: "me",
      },
    });
    replaceCertificate(folder, second, []);
    await swapped(drover, second);
    await isShown(drover.port, second);
    for (const pid of drover.workers().values())
      assert.doesNotMatch(readFileSync(`/proc/${pid}/environ`, "latin1"), /sesame|c2VzYW1l|PRIVATE KEY/);
  },
);
