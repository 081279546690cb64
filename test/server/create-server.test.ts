import assert from "node:assert/strict";
import { once } from "node:events";
import http, { type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { test, type TestContext } from "node:test";
import express from "express";
import express4 from "express4";
import fastify from "fastify";
import { Hono } from "hono";
import Koa from "koa";
import Koa2 from "koa2";
import { AppError } from "../../src/errors.ts";
import { createServer } from "../../src/server/create-server.ts";

const listener = (_request: IncomingMessage, response: ServerResponse): void => void response.end("hello");

async function answerOf(t: TestContext, app: unknown): Promise<string> {
  const server = await createServer(app);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => server.close());
  const { port } = server.address() as AddressInfo;
  const response = await fetch(`http://127.0.0.1:${port}/`, { headers: { connection: "close" } });
  return await response.text();
}

function expressApp(make: typeof express): unknown {
  const app = make();
  app.get("/", (_request, response) => void response.send("hello"));
  return app;
}

function koaApp(Make: typeof Koa): unknown {
  const app = new Make();
  app.use((context) => {
    context.body = "hello";
  });
  return app;
}

function fastifyApp(): unknown {
  const app = fastify();
  app.get("/", () => "hello");
  return app;
}

const apps: readonly (readonly [title: string, make: () => unknown])[] = [
  ["a (request, response) function", () => listener],
  ["an http.Server", () => http.createServer(listener)],
  ["an Express 5 app", () => expressApp(express)],
  ["an Express 4 app", () => expressApp(express4)],
  ["a Koa 3 app", () => koaApp(Koa)],
  ["a Koa 2 app", () => koaApp(Koa2)],
  ["a Fastify app", () => fastifyApp()],
  ["a Hono app", () => new Hono().get("/", (context) => context.text("hello"))],
  ["an object with fetch", () => ({ fetch: () => new Response("hello") })],
  ["a fetch handler", () => (_request: Request) => new Response("hello")],
  ["a function that returns an app", () => () => listener],
  ["an async function that returns an app", () => async () => Promise.resolve(expressApp(express))],
];

for (const [title, make] of apps) {
  test(`serves ${title}`, async (t) => assert.equal(await answerOf(t, make()), "hello"));
}

const others: readonly (readonly [title: string, app: unknown, found: RegExp])[] = [
  ["an object that is no app", { a: 1 }, /got \{ a: 1 \}/],
  ["nothing", undefined, /got undefined/],
  ["a class", Koa, /got \[class Application/],
  ["a function that returns nothing", () => undefined, /returned undefined/],
  ["a function that returns another", () => () => listener, /returned \[Function/],
];

for (const [title, app, found] of others) {
  test(`refuses ${title} and says what it got`, async () => {
    await assert.rejects(createServer(app), (error: unknown) => {
      assert.ok(error instanceof AppError);
      assert.equal(error.code, "APP_NOT_SERVABLE");
      assert.match(error.message, found);
      assert.match(error.hint ?? "", /Express, Koa, Fastify or Hono/);
      return true;
    });
  });
}

test("sets Drover's limits on a server of its own", async () => {
  const server = (await createServer(listener)) as http.Server;
  assert.deepEqual([server.keepAliveTimeout, server.headersTimeout, server.requestTimeout], [65_000, 15_000, 300_000]);
});

test("leaves limits alone that the app has set", async () => {
  const own = http.createServer(listener);
  own.keepAliveTimeout = 1_234;
  await createServer(own);
  assert.equal(own.keepAliveTimeout, 1_234);
});
