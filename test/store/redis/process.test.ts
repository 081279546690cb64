import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { suite, test } from "node:test";
import { fileURLToPath, pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { AppError } from "../../../src/errors.ts";
import { appPlaces, loadRedisClient } from "../../../src/store/redis/load-client.ts";
import { createCertificate } from "../../support/certificate.ts";
import { freePort, temporaryFolder } from "../../support/fixture.ts";
import { startRedis } from "../../support/redis.ts";
import { BOUND_MS } from "../../support/wait.ts";

const script = fileURLToPath(new URL("../../fixtures/store/redis-process.ts", import.meta.url));

/** Runs to its end, which nobody brings about but itself. */
async function run(env: Readonly<Record<string, string>>, attempts = 20): Promise<string> {
  const options = { env: { PATH: process.env["PATH"], ...env }, timeout: BOUND_MS };
  return (await promisify(execFile)(process.execPath, [script, String(attempts)], options)).stdout.trim();
}

function installed(folder: string, name: string, version: string): readonly string[] {
  const home = join(folder, "node_modules", name);
  mkdirSync(home, { recursive: true });
  writeFileSync(join(home, "package.json"), JSON.stringify({ name, version, main: "index.cjs" }));
  writeFileSync(join(home, "index.cjs"), `exports.createClient = () => ${JSON.stringify(`${name} ${version}`)};`);
  return [join(folder, "/")];
}

function isMissing(expected: RegExp): (error: unknown) => boolean {
  return (error) =>
    error instanceof AppError &&
    error.code === "STORE_CLIENT_MISSING" &&
    expected.test(error.message) &&
    /^npm install @redis\/client.*--store embedded/.test(error.hint ?? "");
}

suite("a plain process with a store in Redis", () => {
  test("ends by itself when it has nothing left to do, connected as it is", async (t) => {
    const redis = await startRedis(t);
    if (redis === undefined) return;
    assert.equal(await run({ REDIS_URL: redis.url }), "v");
    assert.equal(await run({ DROVER_STORE: redis.unixUrl }), "v");
  });

  test("does not end before a call is answered, also where there is no Redis", async () => {
    const said = await run({ REDIS_URL: `redis://127.0.0.1:${await freePort()}` }, 1);
    assert.match(said, /is not available/);
  });

  test("speaks TLS with rediss://, to servers that it trusts", async (t) => {
    const folder = temporaryFolder(t);
    const [key, cert] = [join(folder, "key.pem"), join(folder, "cert.pem")];
    const certificate = createCertificate();
    writeFileSync(key, certificate.key);
    writeFileSync(cert, certificate.cert);
    const port = await freePort();
    const files = ["--tls-cert-file", cert, "--tls-key-file", key, "--tls-auth-clients", "no"];
    const redis = await startRedis(t, ["--tls-port", String(port), ...files]);
    if (redis === undefined) return;
    const url = `rediss://localhost:${port}`;
    assert.equal(await run({ REDIS_URL: url, NODE_EXTRA_CA_CERTS: cert }), "v");
    assert.match(await run({ REDIS_URL: url }, 5), /self-signed certificate|no connection within/);
  });
});

suite("the Redis client", () => {
  test("is the app's own, @redis/client or the package that brings it along", (t) => {
    for (const name of ["@redis/client", "redis"]) {
      const places = installed(temporaryFolder(t), name, "5.0.0");
      const made: unknown = loadRedisClient(places)({});
      assert.equal(made, `${name} 5.0.0`);
    }
  });

  test("is looked for beside the app's entry, then in the working folder, then beside Drover", () => {
    const places = appPlaces("/srv/app/server.js", "/srv");
    assert.deepEqual(places.slice(0, 2), ["/srv/app/server.js", "/srv/"]);
    assert.equal(places[2], pathToFileURL(fileURLToPath(String(places[2]))).href);
  });

  test("that is missing or too old is a mistake, with what to do about it", (t) => {
    assert.throws(() => loadRedisClient([join(temporaryFolder(t), "/")]), isMissing(/a Redis client beside the app/));
    const old = installed(temporaryFolder(t), "@redis/client", "1.6.0");
    assert.throws(() => loadRedisClient(old), isMissing(/5 or later, got 1\.6\.0/));
  });
});
