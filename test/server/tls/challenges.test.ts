import assert from "node:assert/strict";
import { test } from "node:test";
import { createSelfSigned, type KeyType } from "../../support/certificates.ts";
import { serveSecurely, shakeHands } from "../../support/secure-server.ts";
import { tlsState, type NamedCertificate } from "../../support/tls-state.ts";

const app = (_request: unknown, response: { end(): void }): void => response.end();

async function certificateFor(name: string, keyType: KeyType): Promise<NamedCertificate> {
  return { ...(await createSelfSigned({ names: [name], keyType })), names: [name] };
}

const ec = await certificateFor("site.test", "ec");
const rsa = await certificateFor("site.test", "rsa");
const other = await certificateFor("other.test", "ec");
const proof = await createSelfSigned({ names: ["proof"] });
const challenges = { http01: {}, alpn01: { "site.test": proof, "other.test": proof } };

const authority = { ALPNProtocols: ["acme-tls/1"] };
const visitor = { ALPNProtocols: ["h2", "http/1.1"] };

/** In TLS 1.2 the kind of key is settled before the protocol is. Authorities speak 1.3. */
const rows = [
  ["an EC certificate", ec, "TLSv1.3"],
  ["an EC certificate", ec, "TLSv1.2"],
  ["an RSA certificate", rsa, "TLSv1.3"],
] as const;

for (const http2 of [true, false]) {
  const way = http2 ? "beside" : "without";
  for (const [title, certificate, version] of rows) {
    test(`only the authority sees the proof for a name, ${way} HTTP/2, with ${title} and ${version}`, async (t) => {
      const state = tlsState([certificate, other], { challenges });
      const { port } = await serveSecurely(t, app, state, { http2 });
      const range = { minVersion: version, maxVersion: version };
      for (const servername of ["site.test", "other.test"]) {
        const proved = await shakeHands(port, { ...range, ...authority, servername });
        assert.deepEqual([proved.subject, proved.alpn], ["proof", "acme-tls/1"]);
        assert.equal((await shakeHands(port, { ...range, ...visitor, servername })).subject, servername);
        assert.equal((await shakeHands(port, { ...range, servername })).subject, servername);
      }
    });
  }
}

test("nobody gets a proof that is not there, or not there any more", async (t) => {
  const state = tlsState([ec], { challenges });
  const { port, keyring } = await serveSecurely(t, app, state);
  const asking = { ...authority, servername: "site.test" };
  assert.match((await shakeHands(port, { ...asking, servername: "third.test" })).subject, /NO_APPLICATION_PROTOCOL/);
  assert.match((await shakeHands(port, authority)).subject, /NO_APPLICATION_PROTOCOL/);
  assert.equal((await shakeHands(port, asking)).subject, "proof");
  const both = await shakeHands(port, { ...asking, ALPNProtocols: ["acme-tls/1", "http/1.1"] });
  assert.deepEqual([both.subject, both.alpn], ["site.test", "http/1.1"]);
  keyring.take({ ...state, challenges: { http01: {}, alpn01: {} } });
  assert.match((await shakeHands(port, asking)).subject, /NO_APPLICATION_PROTOCOL/);
  keyring.take(state);
  assert.equal((await shakeHands(port, asking)).subject, "proof");
});
