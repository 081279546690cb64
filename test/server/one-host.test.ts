import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { suite, test, type TestContext } from "node:test";
import express from "express";
import Fastify from "fastify";
import { Hono } from "hono";
import Koa from "koa";
import { resolveKind, serverFor } from "../../src/server/create-server.ts";
import { Keyring } from "../../src/server/tls/keyring.ts";
import { createSelfSigned } from "../support/certificates.ts";
import { ask, openSession } from "../support/http2-session.ts";
import { TLS_DEFAULTS, tlsState } from "../support/tls-state.ts";

const certificate = { ...(await createSelfSigned()), names: ["localhost"] };
const HELLO = "hello";

/** A server of its own for each test: Drover changes it. */
function waitingServer(): unknown {
  const server = createServer();
  return server.on("checkContinue", (_request, response) => void response.end(HELLO));
}

const apps: Readonly<Record<string, () => unknown>> = {
  Express: () => express().use((_request, response) => void response.send(HELLO)),
  Koa: () => new Koa().use((context) => void (context.body = HELLO)),
  Fastify: () => Fastify().all("/", () => HELLO),
  Hono: () => new Hono().all("/", (context) => context.text(HELLO)),
  "a server that listens for checkContinue": waitingServer,
};

/** Answers its URL. */
async function serve(t: TestContext, app: unknown, isSecure: boolean): Promise<string> {
  const keyring = new Keyring(tlsState([certificate]), TLS_DEFAULTS);
  const secure = isSecure ? { keyring, http2: true, hsts: null } : null;
  const server = await serverFor(await resolveKind(app), {}, secure, !isSecure);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => server.close());
  return `${isSecure ? "https" : "http"}://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

for (const isSecure of [true, false]) {
  suite(`over HTTP/2 ${isSecure ? "with" : "without"} TLS`, () => {
    for (const [name, make] of Object.entries(apps)) {
      test(`${name} never sees a request that names two hosts, and the session goes on`, async (t) => {
        const session = await openSession(t, await serve(t, make(), isSecure), { rejectUnauthorized: false });
        const hosts = { ":authority": "shop.example", host: "evil.example", expect: "100-continue" };
        const refused = await ask(session, hosts);
        assert.deepEqual([refused.status, refused.body], [400, ""]);
        const upload = await ask(session, hosts, "the rest of it");
        assert.deepEqual([upload.status, upload.body], [400, ""]);
        const same = await ask(session, { ...hosts, host: "shop.example" }, "all");
        assert.deepEqual([same.status, same.body], [200, HELLO]);
      });
    }

    test("case and the port of the scheme make no other host", async (t) => {
      const session = await openSession(t, await serve(t, apps.Express?.(), isSecure), { rejectUnauthorized: false });
      const host = `Shop.Example:${isSecure ? 443 : 80}`;
      assert.equal((await ask(session, { ":authority": "shop.example", host })).status, 200);
      assert.equal((await ask(session, { ":authority": "shop.example", host: "shop.example:8443" })).status, 400);
    });
  });
}
