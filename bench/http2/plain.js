// An app of apps/ on the server that Node has for the PROTOCOL, as its framework's documentation does it.
import { readFileSync } from "node:fs";
import http from "node:http";
import http2 from "node:http2";
import https from "node:https";
import { getRequestListener } from "@hono/node-server";

const { FRAMEWORK, PROTOCOL, PORT, TLS_CERT, TLS_KEY } = process.env;

const LISTENERS = {
  express: (app) => app,
  koa: (app) => app.callback(),
  fastify: async (app) => {
    await app.ready();
    return app.routing;
  },
  hono: (app) => getRequestListener(app.fetch),
};

const certificate = () => ({ cert: readFileSync(TLS_CERT), key: readFileSync(TLS_KEY) });

const SERVERS = {
  h1: (listener) => http.createServer(listener),
  https: (listener) => https.createServer(certificate(), listener),
  h2: (listener) => http2.createSecureServer({ ...certificate(), allowHTTP1: true }, listener),
};

const { default: app } = await import(`./apps/${FRAMEWORK}.js`);
SERVERS[PROTOCOL](await LISTENERS[FRAMEWORK](app)).listen(Number(PORT));
