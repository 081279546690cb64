import { HELLO } from "./hello.ts";
import { underLoad } from "./under-load.ts";
import type { Goal, Workload } from "./workload.ts";

const CONNECTIONS = 32;

const framework = (title: string, app: string, goals: readonly Goal[], requests: number): Workload => ({
  title: `${title} hello, keep-alive, ${CONNECTIONS} connections`,
  app,
  compare: "CPU µs/request",
  goals,
  run: underLoad({ mode: "keep-alive", requests, connections: CONNECTIONS, answer: HELLO, rate: 2000 }),
});

export const express = framework("Express 5", "express", [], 40_000);
export const koa = framework("Koa", "koa", [], 50_000);
export const fastify = framework("Fastify", "fastify", [], 60_000);
export const hono = framework("Hono", "hono", [], 60_000);
