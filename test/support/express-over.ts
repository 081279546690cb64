import { once } from "node:events";
import { createSecureServer, type Http2SecureServer, type SecureServerOptions } from "node:http2";
import type { AddressInfo } from "node:net";
import { test, type TestContext } from "node:test";
import express, { type Application } from "express";
import express4 from "express4";
import type { Listener } from "../../src/server/app-kind.ts";
import { messagesFor } from "../../src/server/equip.ts";
import { messageClasses } from "../../src/server/express-http2/message-classes.ts";
import { createCertificate } from "./certificate.ts";
import { Http1Visitor, Http2Visitor, type Visitor } from "./either-protocol.ts";

export type Express = typeof express;
export type Protocol = "HTTP/2" | "HTTP/1.1";

/** A test's Express and protocol, and a server for its app. */
export interface Place {
  readonly t: TestContext;
  readonly express: Express;
  readonly protocol: Protocol;
  /** Serves the app over TLS, as HTTP/2 and HTTP/1.1, until the test ends, and answers a client of the test's protocol. */
  readonly serve: (app: Listener) => Promise<Visitor>;
}

const EXPRESSES: readonly (readonly [string, Express])[] = [
  ["Express 5", express],
  ["Express 4", express4],
];
const PROTOCOLS: readonly Protocol[] = ["HTTP/2", "HTTP/1.1"];

const certificate = createCertificate();

/** One behaviour, for Express 5 and 4, over HTTP/2 and, to be the same, over HTTP/1.1. */
export function overBoth(title: string, run: (place: Place) => Promise<void>): void {
  for (const protocol of PROTOCOLS) over(protocol, title, run);
}

/** What only one of the protocols has. */
export function over(protocol: Protocol, title: string, run: (place: Place) => Promise<void>): void {
  for (const [name, framework] of EXPRESSES) {
    test(`${name} over ${protocol}: ${title}`, (t) =>
      run({ t, express: framework, protocol, serve: (app) => serve(t, app, protocol) }));
  }
}

async function serve(t: TestContext, app: Listener, protocol: Protocol): Promise<Visitor> {
  // Else it writes the errors it answers to stderr.
  if ("set" in app) (app as unknown as Application).set("env", "test");
  const http1 = await messagesFor(app);
  const classes = { Http1IncomingMessage: http1.IncomingMessage, Http1ServerResponse: http1.ServerResponse };
  const options = { ...certificate, allowHTTP1: true, ...messageClasses(app), ...classes };
  const server = createSecureServer(options as SecureServerOptions, app as never);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const visitor = new (protocol === "HTTP/2" ? Http2Visitor : Http1Visitor)(port, certificate.cert);
  t.after(() => close(server, visitor));
  return visitor;
}

async function close(server: Http2SecureServer, visitor: Visitor): Promise<void> {
  visitor.close();
  server.close();
  await once(server, "close");
}
