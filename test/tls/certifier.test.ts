import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createPrivateKey, X509Certificate } from "node:crypto";
import { once } from "node:events";
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { describe, test, type TestContext } from "node:test";
import { connect, createServer } from "node:tls";
import { fileURLToPath } from "node:url";
import type { SelfSignJob } from "../../src/protocol/certifier.ts";
import { failure, obtainJob, runCertifier, startResponder } from "../support/certifier.ts";
import { temporaryFolder } from "../support/fixture.ts";
import { startPebble } from "../support/pebble.ts";
import { need } from "../support/tools.ts";
import { within } from "../support/wait.ts";

const DIST = fileURLToPath(new URL("../../dist/", import.meta.url));
const NAMES = ["localhost", "127.0.0.1", "::1"] as const;
const DAY = 86_400_000;

function selfSignJob(t: TestContext, more: Partial<SelfSignJob> = {}): SelfSignJob {
  const folder = join(temporaryFolder(t), "tls");
  const files = { certFile: join(folder, "cert.pem"), keyFile: join(folder, "key.pem") };
  return { job: "self-sign", names: NAMES, days: 30, ...files, ...more };
}

describe("a certificate that Drover signs itself", () => {
  test("is accepted by whoever trusts it, for each of its names", async (t) => {
    const job = selfSignJob(t);
    assert.deepEqual(await runCertifier(job), { outcome: { type: "done" }, code: 0, challenges: [] });
    const [cert, key] = [readFileSync(job.certFile, "utf8"), readFileSync(job.keyFile, "utf8")];
    const server = createServer({ cert, key }, (socket) => socket.end()).listen(0, "127.0.0.1");
    t.after(() => void server.close());
    await once(server, "listening");
    const { port } = server.address() as { port: number };
    for (const name of NAMES) {
      // The address is another one, the name is what is checked.
      const socket = connect({
        port,
        host: "127.0.0.1",
        ca: cert,
        checkServerIdentity: (_, { raw }) => check(raw, name),
      });
      await within(once(socket, "secureConnect"), `a handshake with ${name}`);
      assert.equal(socket.authorized, true);
      socket.destroy();
    }
  });

  test("is a trust anchor for openssl, strictly", async (t) => {
    if (!need(t, "openssl", "openssl")) return;
    const job = selfSignJob(t);
    await runCertifier(job);
    const purpose = ["-x509_strict", "-purpose", "sslserver", "-verify_hostname", "localhost"];
    const said = execFileSync("openssl", ["verify", ...purpose, "-CAfile", job.certFile, job.certFile]);
    assert.equal(said.toString(), `${job.certFile}: OK\n`);
  });

  test("is no authority, and ends when it was told to", async (t) => {
    const job = selfSignJob(t, { days: 7 });
    const start = Date.now();
    await runCertifier(job);
    const certificate = new X509Certificate(readFileSync(job.certFile));
    assert.equal(certificate.ca, false);
    const end = certificate.validToDate.getTime();
    // Certificates know no milliseconds.
    assert.ok(end >= start - 1_000 + 7 * DAY && end <= Date.now() + 7 * DAY);
  });

  test("is for its owner's eyes only, with its key", async (t) => {
    const job = selfSignJob(t);
    await runCertifier(job);
    for (const file of [job.certFile, job.keyFile]) assert.equal(statSync(file).mode & 0o777, 0o600);
    assert.equal(statSync(dirname(job.keyFile)).mode & 0o777, 0o700);
  });
});

test("one file can hold both, so that no reader comes in between", async (t) => {
  const { certFile, ...job } = selfSignJob(t);
  assert.equal((await runCertifier({ ...job, certFile, keyFile: certFile })).code, 0);
  const text = readFileSync(certFile, "utf8");
  assert.ok(new X509Certificate(text).checkPrivateKey(createPrivateKey(text)));
  assert.deepEqual(readdirSync(dirname(certFile)), [basename(certFile)]);
});

test("files that cannot be written are named, and no draft of them is left behind", async (t) => {
  const job = selfSignJob(t);
  mkdirSync(job.certFile, { recursive: true });
  writeFileSync(join(job.certFile, "occupied"), "");
  const { code, message } = await failure(job);
  assert.equal(code, "FILE_UNWRITABLE");
  assert.ok(message.startsWith(`expected to write ${job.certFile}, which failed: `), message);
  const nowhere = { ...job, keyFile: join(job.certFile, "occupied", "key.pem") };
  assert.equal((await failure(nowhere)).code, "FILE_UNWRITABLE");
  assert.deepEqual(readdirSync(dirname(job.certFile)).toSorted(), ["cert.pem", "key.pem"]);
});

describe("the built certifier", () => {
  test("needs no package", async (t) => {
    const job = selfSignJob(t);
    const { outcome } = await runCertifier(job, undefined, install(t));
    assert.deepEqual(outcome, { type: "done" });
    assert.ok(existsSync(job.certFile));
  });

  test("obtains a certificate", async (t) => {
    const { httpPort, tlsPort, respond } = await startResponder(t);
    const pebble = await startPebble(t, { httpPort, tlsPort });
    if (!pebble) return;
    const { directory, trust } = pebble;
    for (const challenges of [["http-01"], ["tls-alpn-01"]] as const) {
      const { outcome } = await runCertifier(obtainJob(t, { directory, trust, challenges }), respond, install(t));
      assert.deepEqual(outcome, { type: "done" });
    }
  });

  test("comes with the licences of what is in it", () => {
    const licences = readFileSync(join(DIST, "tls/THIRD-PARTY-LICENSES.txt"), "utf8");
    for (const name of ["jose", "@peculiar/x509", "reflect-metadata"]) {
      assert.match(licences, new RegExp(`^${name} \\d+\\.\\d+\\.\\d+ \\(.+\\)$`, "m"));
    }
  });
});

/** As node:tls checks the name it was told. */
function check(raw: Buffer, name: string): Error | undefined {
  const certificate = new X509Certificate(raw);
  const found = /^[\d.:]+$/.test(name) ? certificate.checkIP(name) : certificate.checkHost(name);
  return found === undefined
    ? new Error(`expected a certificate for ${name}, got ${certificate.subjectAltName}`)
    : undefined;
}

/** As it is installed: without a single package. */
function install(t: TestContext): string {
  const folder = temporaryFolder(t);
  for (const file of ["dist/tls/certifier.js", "package.json"]) {
    cpSync(join(DIST, "..", file), join(folder, file));
  }
  return join(folder, "dist/tls/certifier.js");
}
