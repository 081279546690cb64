import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { X509Certificate } from "node:crypto";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { connect as connectHttp2 } from "node:http2";
import { connect as connectTcp } from "node:net";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { test } from "node:test";
import { connect, type TLSSocket } from "node:tls";
import { createAuthority, createSelfSigned, type KeyType } from "../../support/certificates.ts";
import { temporaryFolder } from "../../support/fixture.ts";
import { serveSecurely, shakeHands } from "../../support/secure-server.ts";
import { tlsState, type NamedCertificate } from "../../support/tls-state.ts";
import { need } from "../../support/tools.ts";
import { within } from "../../support/wait.ts";

const app = (_request: unknown, response: { end(body: string): void }): void => response.end("hello");

async function certificateFor(name: string, keyType: KeyType = "ec"): Promise<NamedCertificate> {
  return { ...(await createSelfSigned({ names: [name], keyType })), names: [name] };
}

const first = await certificateFor("first.test");
const second = await certificateFor("second.test");
const wild = await certificateFor("*.wild.test");

const asked: readonly (readonly [title: string, servername: string | undefined, subject: string])[] = [
  ["by its name", "second.test", "second.test"],
  ["by a wildcard", "www.wild.test", "*.wild.test"],
  ["the first by its name", "first.test", "first.test"],
  ["the first when nobody has the name", "other.test", "first.test"],
  ["the first without a name", undefined, "first.test"],
];

for (const version of ["TLSv1.2", "TLSv1.3"] as const) {
  for (const [title, servername, subject] of asked) {
    test(`a client gets its certificate ${title}, with ${version}`, async (t) => {
      const { port } = await serveSecurely(t, app, tlsState([first, second, wild]));
      const range = { minVersion: version, maxVersion: version };
      const seen = await shakeHands(port, { ...range, ...(servername === undefined ? {} : { servername }) });
      assert.deepEqual([seen.subject, seen.version], [subject, version]);
    });
  }
}

test("HTTP/2 is chosen where the client can, HTTP/1.1 where it cannot, and nothing else", async (t) => {
  const { port } = await serveSecurely(t, app, tlsState([first]));
  const alpn = async (...ALPNProtocols: string[]): Promise<unknown> => (await shakeHands(port, { ALPNProtocols })).alpn;
  assert.equal(await alpn("http/1.1", "h2"), "h2");
  assert.equal(await alpn("http/1.1"), "http/1.1");
  assert.equal((await shakeHands(port)).alpn, false);
  assert.match((await shakeHands(port, { ALPNProtocols: ["spdy/3"] })).subject, /NO_APPLICATION_PROTOCOL/);
});

test("with HTTP/2 off only HTTP/1.1 is chosen", async (t) => {
  const { port } = await serveSecurely(t, app, tlsState([first]), { http2: false });
  assert.equal((await shakeHands(port, { ALPNProtocols: ["h2", "http/1.1"] })).alpn, "http/1.1");
});

test("TLS 1.1 is refused, and so is TLS 1.2 where 1.3 is the oldest", async (t) => {
  const old = { minVersion: "TLSv1", maxVersion: "TLSv1.1", ciphers: "DEFAULT:@SECLEVEL=0" } as const;
  const { port } = await serveSecurely(t, app, tlsState([first]));
  assert.match((await shakeHands(port, old)).subject, /PROTOCOL_VERSION/);
  const strict = await serveSecurely(t, app, tlsState([first]), { minVersion: "TLSv1.3" });
  assert.match((await shakeHands(strict.port, { maxVersion: "TLSv1.2" })).subject, /PROTOCOL_VERSION/);
  assert.equal((await shakeHands(strict.port)).version, "TLSv1.3");
});

const weak = ["AES128-SHA", "ECDHE-RSA-AES128-SHA", "DHE-RSA-AES128-GCM-SHA256", "ECDHE-RSA-AES256-SHA384"];

for (const ciphers of weak) {
  test(`the cipher ${ciphers} is refused`, async (t) => {
    const { port } = await serveSecurely(t, app, tlsState([await certificateFor("rsa.test", "rsa")]));
    const { subject } = await shakeHands(port, { maxVersion: "TLSv1.2", ciphers });
    assert.match(subject, /HANDSHAKE_FAILURE/);
  });
}

const AES_128 = "ECDHE-ECDSA-AES128-GCM-SHA256";
const AES_256 = "ECDHE-ECDSA-AES256-GCM-SHA384";
const CHACHA = "ECDHE-ECDSA-CHACHA20-POLY1305";
const choices = [
  { title: "the server's first cipher is used", wishes: [AES_256, AES_128, CHACHA], used: AES_128 },
  { title: "a client that is slow at AES gets ChaCha20", wishes: [CHACHA, AES_128, AES_256], used: CHACHA },
];
for (const { title, wishes, used } of choices) {
  test(title, async (t) => {
    const { port } = await serveSecurely(t, app, tlsState([first]));
    const socket = connect({ port, maxVersion: "TLSv1.2", ciphers: wishes.join(":"), rejectUnauthorized: false });
    await once(socket, "secureConnect");
    assert.equal(socket.getCipher().name, used);
    socket.destroy();
  });
}

test("a swap shows the new certificates to newcomers, and open connections live on", async (t) => {
  const state = tlsState([first, second]);
  const { port, keyring } = await serveSecurely(t, app, state);
  const session = connectHttp2(`https://localhost:${port}`, { rejectUnauthorized: false });
  t.after(() => session.destroy());
  assert.equal(await text(session.request()), "hello");
  const [newFirst, newSecond] = [await certificateFor("new-first.test"), await certificateFor("second.test")];
  keyring.take({ ...tlsState([newFirst, newSecond]), serial: 2 });
  assert.equal((await shakeHands(port, { servername: "first.test" })).subject, "new-first.test");
  assert.equal(await fingerprintOf(port, "second.test"), new X509Certificate(newSecond.cert).fingerprint256);
  assert.equal(await text(session.request()), "hello");
});

async function fingerprintOf(port: number, servername: string): Promise<string> {
  const socket = connect({ port, servername, rejectUnauthorized: false });
  await once(socket, "secureConnect");
  const { fingerprint256 } = socket.getPeerCertificate();
  socket.destroy();
  return fingerprint256;
}

const broken: readonly (readonly [title: string, certificates: readonly NamedCertificate[]])[] = [
  ["the first certificate", [{ ...first, cert: "garbage" }]],
  ["the key of the first", [{ ...first, key: second.key }]],
  ["another certificate", [await certificateFor("newer.test"), { ...second, cert: "garbage" }]],
];

for (const [title, certificates] of broken) {
  test(`a swap with ${title} broken is refused, and what was there stays`, async (t) => {
    const { port, keyring } = await serveSecurely(t, app, tlsState([first, second]));
    assert.throws(() => keyring.take(tlsState(certificates)));
    assert.equal((await shakeHands(port)).subject, "first.test");
    assert.equal((await shakeHands(port, { servername: "second.test" })).subject, "second.test");
    keyring.take(tlsState([second]));
    assert.equal((await shakeHands(port)).subject, "second.test");
  });
}

test("a chain is sent whole, in the first certificate and in others", async (t) => {
  const authority = await createAuthority({ intermediates: 3 });
  const { root, intermediates } = authority;
  const issue = async (name: string): Promise<NamedCertificate> => {
    return { ...(await authority.issue({ names: [name] })), names: [name], intermediates };
  };
  const { port, keyring } = await serveSecurely(t, app, tlsState([await issue("a.test"), await issue("b.test")]));
  const verify = async (servername: string): Promise<string> => {
    return (await shakeHands(port, { servername, ca: root, rejectUnauthorized: true })).subject;
  };
  assert.deepEqual([await verify("a.test"), await verify("b.test")], ["a.test", "b.test"]);
  keyring.take(tlsState([await issue("c.test"), await issue("d.test")]));
  assert.deepEqual([await verify("c.test"), await verify("d.test")], ["c.test", "d.test"]);
});

test("a certificate may be a PKCS #12 file, the first as well as others, with or without a passphrase", async (t) => {
  if (!need(t, "openssl", "openssl")) return;
  const folder = temporaryFolder(t);
  const pack = ({ cert, key }: NamedCertificate, passphrase: string): string => {
    writeFileSync(join(folder, "both.pem"), cert + key);
    const args = ["pkcs12", "-export", "-in", join(folder, "both.pem"), "-passout", `pass:${passphrase}`];
    return execFileSync("openssl", args).toString("base64");
  };
  const { names } = second;
  const state = {
    ...tlsState([]),
    certificates: [
      { names: first.names, pfx: pack(first, "secret"), passphrase: "secret" },
      { names, pfx: pack(second, ""), passphrase: null },
    ],
  };
  const { port } = await serveSecurely(t, app, state);
  assert.equal((await shakeHands(port)).subject, "first.test");
  assert.equal((await shakeHands(port, { servername: "second.test" })).subject, "second.test");
});

const clients = await createAuthority({ name: "Clients" });
const client = await clients.issue({ names: ["ann"], client: true });
const stranger = await createSelfSigned({ names: ["stranger"], client: true });

/** What the server thinks of a client that asks over HTTP/1.1; `refused` when it does not answer. */
async function admitted(port: number, options: object): Promise<string> {
  const socket = connect({ port, host: "127.0.0.1", rejectUnauthorized: false, ...options });
  socket.end("GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
  const answer = await text(socket).catch(() => "");
  return answer.split("\r\n\r\n")[1] ?? "refused";
}

function whoAsks({ socket }: { socket: TLSSocket }, response: { end(body: string): void }): void {
  response.end(`${socket.authorized} ${String(socket.getPeerCertificate().subject?.CN)}`);
}

for (const servername of ["first.test", "second.test"]) {
  test(`certificates of clients can be required or only asked for: ${servername}`, async (t) => {
    const state = tlsState([first, second], { clientCa: [clients.root] });
    const required = await serveSecurely(t, whoAsks, state, { clientCert: "require" });
    assert.equal(await admitted(required.port, { ...client, servername }), "true ann");
    assert.equal(await admitted(required.port, { servername }), "refused");
    assert.equal(await admitted(required.port, { ...stranger, servername }), "refused");
    const optional = await serveSecurely(t, whoAsks, state, { clientCert: "ask" });
    assert.equal(await admitted(optional.port, { ...client, servername }), "true ann");
    assert.equal(await admitted(optional.port, { servername }), "false undefined");
    assert.equal(await admitted(optional.port, { ...stranger, servername }), "false stranger");
  });
}

test("garbage instead of a handshake is cut, and so is silence", async (t) => {
  const { port } = await serveSecurely(t, app, tlsState([first]), { headers: 200 });
  const rude = connectTcp(port, "127.0.0.1");
  rude.write("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
  rude.on("error", () => undefined).resume();
  await within(once(rude, "close"), "the end of a connection with garbage");
  const silent = connectTcp(port, "127.0.0.1")
    .on("error", () => undefined)
    .resume();
  await within(once(silent, "close"), "the end of a silent connection");
  assert.equal((await shakeHands(port)).subject, "first.test");
});

function insistsItself(request: { url: string }, response: { setHeader(...field: string[]): void; end(): void }): void {
  if (request.url === "/own") response.setHeader("strict-transport-security", "max-age=1");
  response.end();
}

test("an answer insists on HTTPS, unless the app says otherwise", async (t) => {
  const { port } = await serveSecurely(t, insistsItself, tlsState([first]), { hsts: "max-age=31536000" });
  const http1 = async (path: string): Promise<string | undefined> => {
    const socket = connect({ port, rejectUnauthorized: false });
    socket.end(`GET ${path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`);
    return /^strict-transport-security: (.*)$/im.exec(await text(socket))?.[1];
  };
  assert.deepEqual([await http1("/"), await http1("/own")], ["max-age=31536000", "max-age=1"]);
  const session = connectHttp2(`https://localhost:${port}`, { rejectUnauthorized: false });
  t.after(() => session.destroy());
  const http2 = async (path: string): Promise<unknown> => {
    const [headers] = (await once(session.request({ ":path": path }), "response")) as [Record<string, unknown>];
    return headers["strict-transport-security"];
  };
  assert.deepEqual([await http2("/"), await http2("/own")], ["max-age=31536000", "max-age=1"]);
});

test("without an option nothing insists on HTTPS", async (t) => {
  const { port } = await serveSecurely(t, app, tlsState([first]));
  const session = connectHttp2(`https://localhost:${port}`, { rejectUnauthorized: false });
  t.after(() => session.destroy());
  const [headers] = (await once(session.request(), "response")) as [Record<string, unknown>];
  assert.equal(headers["strict-transport-security"], undefined);
});
