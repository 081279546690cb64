import assert from "node:assert/strict";
import { once } from "node:events";
import type { Server } from "node:https";
import { text } from "node:stream/consumers";
import { suite, test } from "node:test";
import { connect } from "node:tls";
import { resolveKind, serverFor } from "../../../src/server/create-server.ts";
import { Keyring } from "../../../src/server/tls/keyring.ts";
import { createSelfSigned } from "../../support/certificates.ts";
import { serveSecurely } from "../../support/secure-server.ts";
import { TLS_DEFAULTS, tlsState } from "../../support/tls-state.ts";
import { within } from "../../support/wait.ts";

const certificate = { ...(await createSelfSigned()), names: ["localhost"] };
const app = (_request: unknown, response: { end(body: string): void }): void => response.end("hello");

for (const http2 of [true, false]) {
  suite(`HTTP/1.1 over TLS ${http2 ? "beside" : "without"} HTTP/2`, () => {
    test("has Drover's limits", async () => {
      const secure = { keyring: new Keyring(tlsState([certificate]), TLS_DEFAULTS), http2, hsts: null };
      const server = (await serverFor(await resolveKind(app), {}, secure)) as Server;
      const { keepAliveTimeout, headersTimeout, requestTimeout } = server;
      assert.deepEqual([keepAliveTimeout, headersTimeout, requestTimeout], [65_000, 15_000, 300_000]);
    });

    test("a request whose headers do not end is answered 408", async (t) => {
      const { port } = await serveSecurely(t, app, tlsState([certificate]), { http2, headers: 500 });
      const socket = connect({ port, rejectUnauthorized: false });
      socket.write("GET / HTTP/1.1\r\nHost: localhost\r\n");
      assert.match(await within(text(socket), "the end of it"), /^HTTP\/1\.1 408 /);
    });

    test("an idle connection is closed", async (t) => {
      const { port } = await serveSecurely(t, app, tlsState([certificate]), { http2, keepAlive: 200 });
      const socket = connect({ port, rejectUnauthorized: false });
      socket.write("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
      assert.match(await within(text(socket), "the end of it"), /^HTTP\/1\.1 200 /);
    });

    test("a client may not begin a handshake anew", async (t) => {
      const { port } = await serveSecurely(t, app, tlsState([certificate]), { http2 });
      const socket = connect({ port, rejectUnauthorized: false, maxVersion: "TLSv1.2" });
      await once(socket, "secureConnect");
      const [error] = (await new Promise<unknown[]>((resolve) => {
        socket.on("error", (error) => resolve([error]));
        socket.renegotiate({}, (error) => resolve([error]));
      })) as [NodeJS.ErrnoException | null];
      assert.match(String(error?.code), /NO_RENEGOTIATION|RENEG/);
      socket.destroy();
    });
  });
}
