import assert from "node:assert/strict";
import { fork } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { describe, test, type TestContext } from "node:test";
import { fileURLToPath } from "node:url";
import { openTransport } from "../../../src/tls/acme/transport.ts";
import { startFront } from "../../support/acme-front.ts";
import { failure, obtainJob } from "../../support/certifier.ts";
import { freePort } from "../../support/fixture.ts";
import { within } from "../../support/wait.ts";

/** A port where connections are made and nothing is ever said; the promise is for the first of them. */
async function silence(t: TestContext) {
  const server = createServer().listen(0, "127.0.0.1");
  const visited = once(server, "connection");
  await once(server, "listening");
  t.after(() => void server.close());
  const { port } = server.address() as { port: number };
  return { url: `https://127.0.0.1:${port}/dir`, visited };
}

describe("an authority", () => {
  test("that is away is said to be", async (t) => {
    const directory = `https://127.0.0.1:${await freePort()}/dir`;
    const { code, message, hint, retryAfterMs } = await failure(obtainJob(t, { directory }));
    assert.equal(code, "ACME_UNREACHABLE");
    assert.equal(message.split(", got: ")[0], `expected an answer of the certificate authority at ${directory}`);
    assert.match(message, /ECONNREFUSED/);
    assert.match(hint, /firewall/);
    assert.equal(retryAfterMs, null);
  });

  test("that nobody trusts is not spoken to, and the hint says how to", async (t) => {
    const { directory } = await startFront(t, {});
    const { code, hint } = await failure(obtainJob(t, { directory }));
    assert.equal(code, "ACME_UNREACHABLE");
    assert.match(hint, /root certificate as tls\.acme\.trust/);
  });

  test("that does not speak ACME is none", async (t) => {
    const bodies = ["<h1>Welcome</h1>", "[]", "{}"];
    for (const body of bodies) {
      const { directory, trust } = await startFront(t, { answer: () => ({ body }) });
      const { code, message } = await failure(obtainJob(t, { directory, trust }));
      assert.equal(code, "ACME_UNREACHABLE");
      assert.match(message, /^expected a certificate authority that speaks ACME at https/);
    }
  });

  test("that has an address without TLS is not spoken to", async (t) => {
    const { code, message } = await failure(obtainJob(t, { directory: "http://127.0.0.1/dir" }));
    assert.equal(code, "ACME_UNREACHABLE");
    assert.match(message, /"https:"/);
  });

  test("that says nothing is not waited for", async (t) => {
    const { url } = await silence(t);
    const { signal } = new AbortController();
    const send = openTransport({ trust: null, userAgent: "test", signal, patience: 100 });
    const reason = /^expected an answer of the certificate authority at https:.*, got: no answer within 0\.1 s$/;
    await assert.rejects(send({ method: "GET", url }), { code: "ACME_UNREACHABLE", message: reason });
  });
});

test("the certifier leaves when the primary is gone", async (t) => {
  const { url, visited } = await silence(t);
  const child = fork(fileURLToPath(new URL("../../../src/tls/certifier.ts", import.meta.url)));
  t.after(() => void child.kill("SIGKILL"));
  child.send(obtainJob(t, { directory: url }));
  await within(visited, "its question");
  const gone = once(child, "exit");
  child.disconnect();
  const [code, signal] = await within(gone, "the certifier to leave");
  assert.deepEqual([code, signal], [1, null]);
});
