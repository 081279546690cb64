import assert from "node:assert/strict";
import { once } from "node:events";
import { statSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { start, type Drover, type DroverOptions, type ReadyDrover } from "../support/drover.ts";
import { app, steadyPort, temporaryFolder } from "../support/fixture.ts";
import { handshake, type Shown } from "../support/handshake.ts";
import { startLoad } from "../support/load.ts";
import type { LogLine } from "../support/log-reader.ts";
import { BLOCKED_NAME, startPebble, type Pebble, type PebbleOptions } from "../support/pebble.ts";
import { BOUND_MS } from "../support/wait.ts";

const NAME = "shop.example";

interface Options extends DroverOptions {
  readonly names?: readonly string[];
  readonly challenge?: "auto" | "http-01" | "tls-alpn-01";
}

/** Four workers that have their names proved by this authority, on its ports. */
function serve(t: TestContext, pebble: Pebble, options: Options = {}): Promise<ReadyDrover> {
  const { names = [NAME], challenge = "auto", flags = [] } = options;
  const acme = ["--acme-domains", names.join(","), "--acme-directory", pebble.directory, "--acme-trust", pebble.trust];
  const redirect = flags.includes("--no-tls-redirect") ? [] : ["--tls-redirect", `127.0.0.1:${pebble.httpPort}`];
  return start(t, app("express5-export.js"), {
    workers: 4,
    port: pebble.tlsPort,
    ...options,
    flags: ["--name", "shop", ...acme, "--acme-challenge", challenge, ...redirect, ...flags],
  });
}

async function authority(t: TestContext, options: PebbleOptions = {}): Promise<Pebble | undefined> {
  return await startPebble(t, { rejectedNonces: 30, ...options });
}

function obtained(drover: Drover, than: string | null = null): Promise<LogLine> {
  const isNew = (line: LogLine): boolean => line["fingerprint"] !== than;
  return drover.log.event("certificate-swapped", isNew, BOUND_MS * 2);
}

/** Of the authority, for this name, in every worker: who accepts is chance, so that several handshakes are asked. */
async function isServed(pebble: Pebble, name = NAME): Promise<Shown> {
  for (let times = 0; times < 8; times += 1)
    assert.ok((await handshake(pebble.tlsPort, name, pebble.root)).authorized, `handshake ${times} for ${name}`);
  return await handshake(pebble.tlsPort, name, pebble.root);
}

interface Listed {
  readonly names: readonly string[];
  readonly issuer: string;
  readonly source: string;
  readonly fingerprint: string;
  readonly notBefore: number;
  readonly notAfter: number;
  readonly renewsAt: number;
  readonly problem: string | null;
}

async function list(drover: Drover): Promise<readonly Listed[]> {
  const { stdout } = await drover.verb("cert", "list", "--json");
  return (JSON.parse(stdout) as { certificates: readonly Listed[] }).certificates;
}

for (const challenge of ["http-01", "tls-alpn-01"] as const)
  test(`four workers get a certificate by ${challenge}`, async (t) => {
    const pebble = await authority(t);
    if (!pebble) return;
    const drover = await serve(t, pebble, { challenge });
    const line = await obtained(drover);
    assert.equal(line["workers"], 4);
    await isServed(pebble);
    const [listed] = await list(drover);
    assert.deepEqual(listed?.names, [NAME]);
    assert.match(listed.issuer, /^Pebble Intermediate/);
    assert.match(listed.source, /^ACME \(127\.0\.0\.1:\d+\)$/);
    const third = (listed.renewsAt - listed.notBefore) / (listed.notAfter - listed.notBefore);
    assert.ok(third > 0.6 && third < 0.7, String(third));
  });

test("until there is one a self-signed certificate is shown, and files and folder are the user's alone", async (t) => {
  const pebble = await authority(t);
  if (!pebble) return;
  const drover = await serve(t, pebble, { workers: 1 });
  assert.match(String(drover.log.events("certificate-loaded")[0]?.["msg"]), /no certificate for shop.example yet/);
  await obtained(drover);
  const folder = join(drover.home, "state", "shop", "tls");
  assert.equal(statSync(folder).mode & 0o777, 0o700);
  for (const file of ["account.json", `${NAME}.pem`, "placeholder.pem"])
    assert.equal(statSync(join(folder, file)).mode & 0o777, 0o600, file);
});

test("each name gets its own, chosen by the name that is asked for, and they are used at once at the next start", async (t) => {
  const pebble = await authority(t, { intermediates: 3 });
  if (!pebble) return;
  const names = [NAME, "blog.example"];
  const options = { names, workers: 2, env: { DROVER_HOME: temporaryFolder(t) } };
  const drover = await serve(t, pebble, options);
  for (const name of names)
    await drover.log.event("certificate-swapped", (line) => String(line["names"]) === name, BOUND_MS * 2);
  const shown = await Promise.all(names.map(async (name) => (await isServed(pebble, name)).certificate.fingerprint256));
  assert.notEqual(shown[0], shown[1]);
  await drover.stop();
  const again = await serve(t, pebble, options);
  for (const [index, name] of names.entries())
    assert.equal((await isServed(pebble, name)).certificate.fingerprint256, shown[index]);
  assert.deepEqual(again.log.events("certificate-swapped"), []);
});

test("a renewal under load of HTTPS fails no request", async (t) => {
  const pebble = await authority(t);
  if (!pebble) return;
  const drover = await serve(t, pebble, { names: ["localhost"] });
  let last = String((await obtained(drover))["fingerprint"]);
  const load = startLoad(t, { port: pebble.tlsPort, ca: pebble.root }, { clients: 6 });
  for (let times = 0; times < 3; times += 1) {
    const { code, stdout } = await drover.verb("cert", "renew", "localhost");
    assert.equal(code, 0);
    assert.match(stdout, /renewed: localhost/);
    const { certificate } = await isServed(pebble, "localhost");
    assert.notEqual(certificate.fingerprint256, last);
    last = certificate.fingerprint256;
  }
  await load.stop();
  assert.deepEqual(load.failures, []);
});

test("a name that the authority refuses is told clearly, and what is there is served on", async (t) => {
  const pebble = await authority(t);
  if (!pebble) return;
  const drover = await serve(t, pebble, { names: [NAME, BLOCKED_NAME], workers: 2 });
  const failed = await drover.log.event("certificate-not-obtained", () => true, BOUND_MS * 2);
  assert.match(
    String(failed["msg"]),
    /no certificate for blocked.example: .*self-signed one is shown meanwhile; next attempt in \d+ min/,
  );
  await isServed(pebble);
  const problems = (await list(drover)).map(({ names, problem }) => [names[0], problem !== null]);
  assert.deepEqual(problems, [
    [NAME, false],
    [BLOCKED_NAME, true],
  ]);
  const renewed = await drover.verb("cert", "renew", BLOCKED_NAME);
  assert.equal(renewed.code, 1);
  assert.match(renewed.stderr, /\[ACME_/);
  const unknown = await drover.verb("cert", "renew", "other.example");
  assert.equal(unknown.code, 2);
  assert.match(unknown.stderr, /expected names of tls.acme.domains, got "other.example"/);
});

test("with the authority away the app starts, and says so", async (t) => {
  const directory = `https://127.0.0.1:${await steadyPort()}/dir`;
  const nobody = { directory, trust: "", root: "", httpPort: await steadyPort(), tlsPort: await steadyPort() };
  const flags = [
    "--acme-domains",
    NAME,
    "--acme-directory",
    directory,
    "--tls-redirect",
    `127.0.0.1:${nobody.httpPort}`,
  ];
  const drover = await start(t, app("express5-export.js"), { port: nobody.tlsPort, flags });
  const failed = await drover.log.event("certificate-not-obtained", () => true, BOUND_MS * 2);
  assert.match(String(failed["msg"]), /no certificate for shop.example: /);
  assert.equal((failed["error"] as { code: string }).code, "ACME_UNREACHABLE");
  assert.ok((await handshake(nobody.tlsPort, NAME)).certificate);
});

test("worker deaths and a reload while a name is proved do not keep it from being proved", async (t) => {
  const pebble = await authority(t);
  if (!pebble) return;
  const drover = await serve(t, pebble, { challenge: "http-01" });
  const [pid = 0] = drover.workers().values();
  process.kill(pid, "SIGKILL");
  const reloaded = drover.verb("reload");
  await obtained(drover);
  assert.equal((await reloaded).code, 0);
  await isServed(pebble);
});

test("without a listener for plain HTTP the port of HTTPS proves the name", async (t) => {
  const pebble = await authority(t);
  if (!pebble) return;
  const drover = await serve(t, pebble, { workers: 2, flags: ["--no-tls-redirect"] });
  await obtained(drover);
  await isServed(pebble);
});

test("an address for redirects that was asked for and is taken is an error", async (t) => {
  const taken = createServer().listen(0, "127.0.0.1");
  t.after(() => void taken.close());
  await once(taken, "listening");
  const { port } = taken.address() as { port: number };
  const flags = ["--tls", "dev", "--tls-redirect", `127.0.0.1:${port}`];
  await assert.rejects(start(t, app("express5-export.js"), { flags }), /127\.0\.0\.1:\d+ is in use.*ADDRESS_IN_USE/);
});
