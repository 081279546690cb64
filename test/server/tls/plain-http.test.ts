import assert from "node:assert/strict";
import type { IncomingMessage, ServerResponse } from "node:http";
import { connect } from "node:net";
import { text } from "node:stream/consumers";
import { test } from "node:test";
import { createSelfSigned } from "../../support/certificates.ts";
import { serveSecurely } from "../../support/secure-server.ts";
import { tlsState } from "../../support/tls-state.ts";

const certificate = { ...(await createSelfSigned()), names: ["localhost"] };

function app(_request: IncomingMessage, response: ServerResponse): void {
  response.end("the app");
}

for (const http2 of [true, false]) {
  test(`plain HTTP on a port of HTTPS is told so, ${http2 ? "with" : "without"} HTTP/2`, async (t) => {
    const { port } = await serveSecurely(t, app, tlsState([certificate]), { http2 });
    const socket = connect(port, "127.0.0.1");
    socket.write("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
    const answer = await text(socket);
    assert.match(answer, /^HTTP\/1\.1 400 Bad Request\r\nConnection: close\r\n/);
    assert.match(answer, /\r\n\r\nThis port speaks HTTPS: write https:\/\/ in the address\.\n$/);
  });
}
