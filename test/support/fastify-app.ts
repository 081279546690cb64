import type { TestContext } from "node:test";
import cookiePlugin from "@fastify/cookie";
import session, { type FastifySessionOptions } from "@fastify/session";
import Fastify, { type FastifyReply, type FastifyRequest } from "fastify";
import { storeOn } from "../../src/session/fastify.ts";
import { Sessions } from "../../src/session/sessions.ts";
import { CountingStore } from "./counting-store.ts";

declare module "fastify" {
  interface Session {
    user: string;
    visits: number;
  }
}

export const HOUR = 3_600_000;
export const DAY = 24 * HOUR;
const clock = (): number => Date.now();
export type Handler = (request: FastifyRequest, reply: FastifyReply) => unknown;

/** An app whose paths are the handlers' names, on a store that counts. Time stands still until the test moves it. */
export async function serve(
  t: TestContext,
  handlers: Readonly<Record<string, Handler>>,
  options: Partial<FastifySessionOptions> = {},
) {
  t.mock.timers.enable({ apis: ["Date"], now: Date.now() });
  const store = new CountingStore();
  const sessions = storeOn(new Sessions(store, DAY, { clock, random: () => 0 }), clock);
  const app = Fastify();
  t.after(() => app.close());
  await app.register(cookiePlugin);
  const standard = { secret: "x".repeat(32), saveUninitialized: false, ...options };
  await app.register(session, { ...standard, cookie: { secure: false, ...options.cookie }, store: sessions });
  for (const [name, handler] of Object.entries(handlers)) app.get(`/${name}`, handler);
  const ask = async (path: string, cookie = "") => {
    const response = await app.inject({ url: path, headers: cookie === "" ? {} : { cookie } });
    const [set = ""] = [response.headers["set-cookie"]].flat();
    return {
      said: `${response.statusCode} ${response.body}`,
      cookie: set.split(";")[0] ?? "",
      retry: response.headers["retry-after"],
    };
  };
  return { store, sessions, ask, pass: (ms: number): void => t.mock.timers.tick(ms) };
}

export const login: Handler = (request) => {
  request.session.user = "Ada";
  return "welcome";
};
export const who: Handler = (request) => request.session.user ?? "nobody";
