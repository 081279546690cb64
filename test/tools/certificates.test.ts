import assert from "node:assert/strict";
import { once } from "node:events";
import { test } from "node:test";
import { connect, createServer, type ConnectionOptions, type TlsOptions } from "node:tls";
import { createAuthority, createChain, createSelfSigned, type KeyType } from "../support/certificates.ts";
import { within } from "../support/wait.ts";

/** The name that the server saw of the client's certificate, or null. Rejects when either refuses the other. */
async function shakeHands(server: TlsOptions, client: ConnectionOptions): Promise<string | null> {
  const listening = createServer(server).listen(0, "127.0.0.1");
  try {
    await once(listening, "listening");
    const { port } = listening.address() as { port: number };
    const accepted = once(listening, "secureConnection");
    const refused = once(listening, "tlsClientError").then(([error]) => {
      throw error;
    });
    refused.catch(() => undefined);
    const socket = connect({ port, host: "127.0.0.1", servername: "shop.test", ...client });
    await within(once(socket, "secureConnect"), "the handshake");
    const [theirs] = await within(Promise.race([accepted, refused]), "the other side of the handshake");
    const name = theirs.getPeerCertificate()?.subject?.CN ?? null;
    theirs.destroy();
    socket.destroy();
    return name;
  } finally {
    listening.close();
  }
}

for (const keyType of ["ec", "rsa", "ed25519"] as const satisfies readonly KeyType[]) {
  test(`a chain of ${keyType} with three intermediates verifies against its root, and not without an intermediate`, async () => {
    const { root, intermediates, cert, key } = await createChain({ names: ["shop.test"], intermediates: 3, keyType });
    assert.equal(intermediates.length, 3);
    await shakeHands({ key, cert: [cert, ...intermediates].join("") }, { ca: root });
    const gap = shakeHands({ key, cert: [cert, ...intermediates.slice(1)].join("") }, { ca: root });
    await assert.rejects(gap, { code: "UNABLE_TO_VERIFY_LEAF_SIGNATURE" });
  });
}

test("a leaf is for its names and addresses only, and for its time", async () => {
  const authority = await createAuthority();
  const leaf = await authority.issue({ names: ["shop.test", "*.shop.test", "127.0.0.1", "::1"] });
  for (const servername of ["shop.test", "www.shop.test"]) await shakeHands(leaf, { ca: authority.root, servername });
  const another = shakeHands(leaf, { ca: authority.root, servername: "other.test" });
  await assert.rejects(another, { code: "ERR_TLS_CERT_ALTNAME_INVALID" });
  const old = await authority.issue({ names: ["shop.test"], notAfter: new Date(Date.now() - 60_000) });
  await assert.rejects(shakeHands(old, { ca: authority.root }), { code: "CERT_HAS_EXPIRED" });
});

test("a client's leaf shows who it is, and is not one for servers", async () => {
  const authority = await createAuthority({ intermediates: 1 });
  const client = await authority.issue({ names: ["ada"], client: true });
  const server = { ...(await createSelfSigned({ names: ["shop.test"] })), requestCert: true, ca: authority.root };
  const cert = [client.cert, ...authority.intermediates].join("");
  assert.equal(await shakeHands(server, { ca: server.cert, key: client.key, cert }), "ada");
  const asServer = shakeHands({ key: client.key, cert }, { ca: authority.root, servername: "ada" });
  await assert.rejects(asServer, { code: "INVALID_PURPOSE" });
});
