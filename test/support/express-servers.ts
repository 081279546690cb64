import { once } from "node:events";
import http from "node:http";
import https from "node:https";
import type { AddressInfo, Server } from "node:net";
import type { TestContext } from "node:test";
import type { Application } from "express";
import { resolveKind, serverFor } from "../../src/server/create-server.ts";
import { equip } from "../../src/server/equip.ts";
import { Keyring } from "../../src/server/tls/keyring.ts";
import { createCertificate } from "./certificate.ts";
import type { Target } from "./client.ts";
import { TLS_DEFAULTS, tlsState } from "./tls-state.ts";

/** A way on which requests of HTTP/1.1 reach an app of Express under Drover. */
export interface Way {
  readonly name: string;
  readonly serve: (app: Application) => Promise<Served>;
  /** What the app would be served by without Drover. */
  readonly plain: (app: Application) => Server;
}

export interface Served {
  /** What clients speak to. */
  readonly server: Server;
  /** The one that the app knows: its own, unless it leaves that to Drover. */
  readonly own: Server;
}

const pair = createCertificate();
const overTcp = (app: Application): Server => http.createServer(app);
const overTls = (app: Application): Server => https.createServer(pair, app);

export const WAYS: readonly Way[] = [
  { name: "listening", plain: overTcp, serve: (app) => itself(equipped(overTcp(app))) },
  { name: "listening with TLS", plain: overTls, serve: (app) => itself(equipped(overTls(app))) },
  { name: "exported", plain: overTcp, serve: (app) => itself(exported(app)) },
  { name: "exported with TLS", plain: overTls, serve: (app) => itself(exported(app, { http2: false })) },
  { name: "exported with TLS and HTTP/2", plain: overTls, serve: (app) => itself(exported(app, { http2: true })) },
  { name: "exported as a server with TLS", plain: overTls, serve: (app) => itself(exported(overTls(app))) },
  { name: "exported as a server", plain: overTcp, serve: (app) => itself(exported(overTcp(app))) },
  { name: "behind Drover's TLS", plain: overTls, serve: (app) => behindTls(overTcp(app)) },
];

async function itself(made: Promise<Server>): Promise<Served> {
  const server = await made;
  return { server, own: server };
}

async function behindTls(own: Server): Promise<Served> {
  return { server: await exported(own, { http2: true }), own };
}

/** As a worker has it that finds the app's own server. */
export async function equipped(server: Server): Promise<Server> {
  await equip(server, { keepAlive: 65_000, headers: 15_000, request: 300_000 });
  return server;
}

async function exported(app: unknown, tls?: { readonly http2: boolean }): Promise<Server> {
  const state = tlsState([{ names: ["localhost"], ...pair }]);
  const secure = tls ? { ...tls, keyring: new Keyring(state, TLS_DEFAULTS), hsts: null } : null;
  return serverFor(await resolveKind(app), {}, secure);
}

/** Answers where a client finds it, until the test ends. */
export async function listen(t: TestContext, server: Server): Promise<Target> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => server.close());
  const { port } = server.address() as AddressInfo;
  return { port, ...("setSecureContext" in server && { ca: pair.cert }) };
}
