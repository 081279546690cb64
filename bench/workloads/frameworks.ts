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

const NODE_PEERS = ["cluster", "none", "pm2", "watt", "nginx"] as const;

export const express: Workload = {
  ...framework(
    "Express 5",
    "express",
    [
      ...NODE_PEERS.map((of) => ({ of, atMost: 0.9, nodes: [24, 26] })),
      ...NODE_PEERS.map((of) => ({ of, atMost: 0.27, nodes: [22] })),
      { of: "bun", atMost: 1.05 },
    ],
    50_000,
  ),
  note: "Bun and Deno run the same file.",
  references: ["node", "bun", "deno"],
};
export const koa = framework("Koa", "koa", [], 50_000);
export const fastify = framework("Fastify", "fastify", [], 60_000);
export const hono = framework("Hono", "hono", [], 60_000);
