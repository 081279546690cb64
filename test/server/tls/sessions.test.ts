import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import http2 from "node:http2";
import https from "node:https";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { test, type TestContext } from "node:test";
import { connect, type Server, type TlsOptions, type TLSSocket } from "node:tls";
import type { TlsState } from "../../../src/protocol/tls.ts";
import { AppServers } from "../../../src/server/tls/app-servers.ts";
import { createAuthority, createSelfSigned } from "../../support/certificates.ts";
import { serveSecurely, type SecureOptions } from "../../support/secure-server.ts";
import { beginSession, resume } from "../../support/tls-session.ts";
import { tlsState } from "../../support/tls-state.ts";

const certificate = { ...(await createSelfSigned()), names: ["localhost"] };
const other = { ...(await createSelfSigned({ names: ["other.test"] })), names: ["other.test"] };
const clients = await createAuthority({ name: "Clients" });
const moreClients = await createAuthority({ name: "More clients" });
const client = await clients.issue({ names: ["ann"], client: true });
const clientCa = [clients.root];

const app = (_request: unknown, response: { end(body: string): void }): void => response.end("hello");
function authorized({ socket }: { socket: TLSSocket }, response: { end(body: string): void }): void {
  response.end(`authorized: ${socket.authorized}`);
}

const versions = ["TLSv1.2", "TLSv1.3"] as const;

for (const version of versions) {
  const only = { minVersion: version, maxVersion: version };

  test(`a session of one worker is resumed by another, with ${version}`, async (t) => {
    const state = tlsState([certificate, other]);
    const [a, b] = [await serveSecurely(t, app, state), await serveSecurely(t, app, state)];
    for (const servername of ["localhost", "other.test"]) {
      const session = await beginSession(a.port, { ...only, servername });
      assert.equal(await resume(b.port, session, { ...only, servername }), "resumed and answered");
    }
  });

  test(`a session is resumed after a swap of certificates, and not after one of keys, with ${version}`, async (t) => {
    const state = tlsState([certificate]);
    const { port, keyring } = await serveSecurely(t, app, state);
    const session = await beginSession(port, only);
    keyring.take({ ...tlsState([other]), tickets: state.tickets });
    assert.equal(await resume(port, session, only), "resumed and answered");
    keyring.take({ ...tlsState([other]), tickets: { ...state.tickets, keys: randomBytes(48).toString("base64") } });
    assert.equal(await resume(port, session, only), "anew and answered");
    assert.equal(await resume(port, await beginSession(port, only), only), "resumed and answered");
  });

  /** A session is not a way round a certificate: it is resumed only where the same clients are let in. */
  const ways: readonly (readonly [title: string, from: SecureOptions, to: SecureOptions, ca: readonly string[]])[] = [
    ["where nobody is asked to where everybody must", { clientCert: "none" }, { clientCert: "require" }, clientCa],
    ["where it is only asked for to where everybody must", { clientCert: "ask" }, { clientCert: "require" }, clientCa],
    ["after others are let in", { clientCert: "ask" }, { clientCert: "ask" }, [moreClients.root]],
  ];
  for (const [title, from, to, ca] of ways) {
    test(`a session without a client's certificate does not pass ${title}, with ${version}`, async (t) => {
      const state = tlsState([certificate], { clientCa });
      const a = await serveSecurely(t, app, state, from);
      const b = await serveSecurely(t, app, { ...state, clientCa: ca }, to);
      const expected = to.clientCert === "require" ? "anew and refused" : "anew and answered";
      assert.equal(await resume(b.port, await beginSession(a.port, only), only), expected);
    });
  }

  test(`a session with a client's certificate is resumed by another worker, with ${version}`, async (t) => {
    const state = tlsState([certificate], { clientCa });
    const options = { clientCert: "require" } as const;
    const [a, b] = [await serveSecurely(t, app, state, options), await serveSecurely(t, app, state, options)];
    const session = await beginSession(a.port, { ...only, ...client });
    assert.equal(await resume(b.port, session, only), "resumed and answered");
  });

  test(`where a certificate is only asked for, a resumed session is as its client was, with ${version}`, async (t) => {
    const { port } = await serveSecurely(t, authorized, tlsState([certificate], { clientCa }), { clientCert: "ask" });
    for (const [options, expected] of [
      [only, false],
      [{ ...only, ...client }, true],
    ] as const) {
      const session = await beginSession(port, options);
      const socket = connect({ port, host: "127.0.0.1", rejectUnauthorized: false, ...options, session });
      await once(socket, "secureConnect");
      assert.equal(socket.isSessionReused(), true);
      socket.end("GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
      assert.match(await text(socket), new RegExp(`authorized: ${expected}$`));
    }
  });

  for (const [title, create] of [
    ["https", (options: TlsOptions): Server => https.createServer(options, app)],
    ["HTTP/2", (options: TlsOptions): Server => http2.createSecureServer({ ...options, allowHTTP1: true }, app)],
  ] as const) {
    const own = async (t: TestContext, state: TlsState, options: TlsOptions = {}): Promise<Own> => {
      const server = create({ key: certificate.key, cert: certificate.cert, ...options });
      const servers = new AppServers(state.tickets);
      servers.add(server);
      return { server, servers, port: await listen(t, server) };
    };

    test(`an ${title} server of the app's shares its sessions, with ${version}`, async (t) => {
      const state = tlsState([]);
      const [a, b] = [await own(t, state), await own(t, state)];
      assert.equal(await resume(b.port, await beginSession(a.port, only), only), "resumed and answered");
    });

    test(`an ${title} server that changes its certificate goes on sharing, with ${version}`, async (t) => {
      const state = tlsState([]);
      const [a, b] = [await own(t, state), await own(t, state)];
      const session = await beginSession(a.port, only);
      b.server.setSecureContext({ key: other.key, cert: other.cert });
      assert.equal(await resume(b.port, session, only), "resumed and answered");
      assert.equal(await resume(a.port, await beginSession(b.port, only), only), "resumed and answered");
    });

    test(`an ${title} server with contexts for other names shares their sessions, with ${version}`, async (t) => {
      const state = tlsState([]);
      const [a, b] = [await own(t, state), await own(t, state)];
      for (const { server } of [a, b]) server.addContext("other.test", { key: other.key, cert: other.cert });
      const named = { ...only, servername: "other.test" };
      assert.equal(await resume(b.port, await beginSession(a.port, named), named), "resumed and answered");
    });

    test(`an ${title} server takes new keys when they are rotated, with ${version}`, async (t) => {
      const state = tlsState([]);
      const [a, b] = [await own(t, state), await own(t, state)];
      const session = await beginSession(a.port, only);
      const tickets = { ...state.tickets, keys: randomBytes(48).toString("base64") };
      a.servers.take(tickets);
      b.servers.take(tickets);
      assert.equal(await resume(b.port, session, only), "anew and answered");
      assert.equal(await resume(b.port, await beginSession(a.port, only), only), "resumed and answered");
    });

    test(`keys and a context of its own stay an ${title} server's, with ${version}`, async (t) => {
      const mine = { ticketKeys: randomBytes(48), sessionIdContext: "mine" };
      const [a, b] = [await own(t, tlsState([]), mine), await own(t, tlsState([]), mine)];
      assert.equal(await resume(b.port, await beginSession(a.port, only), only), "resumed and answered");
      const foreign = await own(t, tlsState([]), { ...mine, sessionIdContext: "another" });
      assert.equal(await resume(foreign.port, await beginSession(a.port, only), only), "anew and answered");
    });

    test(`a session does not pass from one ${title} server to another that lets in others by name, with ${version}`, async (t) => {
      const state = tlsState([]);
      const options = { requestCert: true, rejectUnauthorized: true };
      const [staff, admin] = [await own(t, state, options), await own(t, state, options)];
      const named = { ...only, servername: "other.test" };
      for (const [{ server }, { root }] of [
        [staff, clients],
        [admin, moreClients],
      ] as const) {
        server.addContext("other.test", { key: other.key, cert: other.cert, ca: root });
      }
      const session = await beginSession(staff.port, { ...named, ...client });
      assert.equal(await resume(staff.port, session, named), "resumed and answered");
      assert.equal(await resume(admin.port, session, named), "anew and refused");
      admin.servers.take({ ...state.tickets, keys: randomBytes(48).toString("base64") });
      assert.equal(await resume(admin.port, session, named), "anew and refused");
    });

    test(`a session of an open ${title} server does not pass one that wants certificates, with ${version}`, async (t) => {
      const state = tlsState([]);
      const a = await own(t, state);
      const b = await own(t, state, { requestCert: true, rejectUnauthorized: true, ca: clients.root });
      assert.equal(await resume(b.port, await beginSession(a.port, only), only), "anew and refused");
      const session = await beginSession(b.port, { ...only, ...client });
      assert.equal(await resume(b.port, session, only), "resumed and answered");
    });
  }
}

interface Own {
  readonly server: Server;
  readonly servers: AppServers;
  readonly port: number;
}

async function listen(t: TestContext, server: Server): Promise<number> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => server.close());
  return (server.address() as AddressInfo).port;
}
