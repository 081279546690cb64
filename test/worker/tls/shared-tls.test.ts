import assert from "node:assert/strict";
import http from "node:http";
import https from "node:https";
import net from "node:net";
import { suite, test } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import type { ToPrimary } from "../../../src/protocol/ipc.ts";
import { createSecureServer } from "../../../src/server/tls/secure-server.ts";
import { SharedTls } from "../../../src/worker/tls/shared-tls.ts";
import { createSelfSigned } from "../../support/certificates.ts";
import { TLS_DEFAULTS, tlsState } from "../../support/tls-state.ts";

const certificate = { ...(await createSelfSigned()), names: ["localhost"] };
const state = tlsState([certificate]);
const LIMITS = { keepAlive: 65_000, headers: 15_000, request: 300_000 };

function shared(tls: typeof TLS_DEFAULTS | null = TLS_DEFAULTS): {
  tls: SharedTls;
  held: () => boolean;
  said: readonly ToPrimary[];
} {
  let held = false;
  const said: ToPrimary[] = [];
  const channel = { hold: () => (held = true), send: (message: ToPrimary) => void said.push(message) };
  return { tls: new SharedTls({ tls, http2: "tls" }, channel), held: () => held, said };
}

async function isSettled(promise: Promise<unknown>): Promise<boolean> {
  let settled = false;
  void promise.then(() => (settled = true));
  for (let turns = 0; turns < 20; turns += 1) await turn();
  return settled;
}

suite("a worker's TLS", () => {
  test("is none where none is configured", async () => {
    assert.equal(await shared(null).tls.secure(), null);
  });

  test("waits for the first word of the primary, and the worker lives until then", async () => {
    const { tls, held } = shared();
    const secure = tls.secure();
    assert.equal(await isSettled(secure), false);
    assert.equal(held(), true);
    assert.equal(tls.take(state), null);
    assert.equal((await secure)?.http2, true);
  });

  test("is the same for servers that are made at the same time", async () => {
    const { tls } = shared();
    const both = Promise.all([tls.secure(), tls.secure()]);
    tls.take(state);
    const [one, other] = await both;
    assert.ok(one);
    assert.equal(one.keyring, other?.keyring);
  });

  test("begins with the latest word", async () => {
    const { tls } = shared();
    assert.equal(tls.take(tlsState([{ ...certificate, cert: "garbage" }])), null);
    assert.equal(tls.take(state), null);
    assert.ok(await tls.secure());
  });

  test("says why it keeps what it has", async () => {
    const { tls } = shared();
    tls.take({ ...state, challenges: { http01: { token: "before" }, alpn01: {} } });
    await tls.secure();
    assert.match(String(tls.take(tlsState([{ ...certificate, cert: "garbage" }]))), /PEM/);
    assert.deepEqual(tls.http01, { token: "before" });
  });

  test("is nothing for a server without TLS to wait for, nor for one of Drover's own", async () => {
    const { tls } = shared();
    tls.take(state);
    const secure = await tls.secure();
    assert.ok(secure);
    const own = createSecureServer(() => undefined, secure, LIMITS, {});
    for (const server of [net.createServer(), http.createServer(), own]) assert.equal(tls.prepare(server), null);
  });

  test("is what a TLS server of the app waits for before it listens", async () => {
    const { tls, said } = shared(null);
    const server = https.createServer(certificate);
    const prepared = tls.prepare(server);
    assert.ok(prepared);
    assert.equal(await isSettled(prepared), false);
    assert.deepEqual(said, [{ type: "wants-tls" }]);
    tls.take(state);
    await prepared;
    assert.equal(server.getTicketKeys().toString("base64"), state.tickets.keys);
  });
});
