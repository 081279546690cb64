import assert from "node:assert/strict";
import type { AddressInfo } from "node:net";
import type { TestContext } from "node:test";
import express, { type Application, type NextFunction, type Request, type Response } from "express";
import session, { type SessionOptions } from "express-session";
import { storeOn } from "../../src/session/express.ts";
import { Sessions } from "../../src/session/sessions.ts";
import { request, type Answer } from "./client.ts";
import { CountingStore } from "./counting-store.ts";

declare module "express-session" {
  interface SessionData {
    user: string;
    visits: number;
  }
}

export const HOUR = 3_600_000;
export const DAY = 24 * HOUR;

export type Handler = (req: Request, res: Response, next?: NextFunction) => unknown;

const clock = (): number => Date.now();

/** An app with express-session on a store that counts; its paths are the handlers' names. Chance has no part in it, and time stands still until the test moves it. */
export async function serve(
  t: TestContext,
  handlers: Readonly<Record<string, Handler>>,
  options: Partial<SessionOptions> = {},
  framework = express,
) {
  t.mock.timers.enable({ apis: ["Date"], now: Date.now() });
  const store = new CountingStore();
  const kept = storeOn(session, new Sessions(store, DAY, { clock, random: () => 0 }), clock);
  kept.on("disconnect", () => assert.fail("express-session would take everybody for anonymous"));
  const errors: string[] = [];
  const app: Application = framework();
  app.set("env", "production");
  app.use(session({ secret: "s", resave: false, saveUninitialized: false, ...options, store: kept }));
  for (const [name, handler] of Object.entries(handlers)) app.all(`/${name}`, handler);
  app.use((error: Error, _req: Request, _res: Response, next: NextFunction) => {
    errors.push(error.name);
    next(error);
  });
  const server = app.listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  t.after(() => server.close());
  const { port } = server.address() as AddressInfo;
  return {
    store,
    kept,
    port,
    /** What the app's error handler has seen. */
    errors,
    ask: (path: string, cookie = ""): Promise<Answer> =>
      request({ port }, { path, headers: cookie === "" ? {} : { cookie } }),
    pass: (ms: number): void => t.mock.timers.tick(ms),
    /** The sessions in the store. */
    stored: () => [...store.values.values()].map((text) => JSON.parse(text) as session.SessionData),
  };
}

export const login: Handler = (req, res) => {
  req.session.user = "Ada";
  res.send("welcome");
};

export const logout: Handler = (req, res) => req.session.destroy(() => res.send("bye"));

export const who: Handler = (req, res) => res.send(req.session.user ?? "nobody");

/** Status and body of a whole answer, else how it ended. */
export function said({ outcome, response }: Answer): string {
  return outcome === "ok" ? `${response?.status} ${response?.body.toString()}` : outcome;
}

/** The cookie that the answer sets, ready to be sent back. */
export function cookieOf({ response }: Answer): string {
  return response?.headers.get("set-cookie")?.split(";")[0] ?? "";
}

/** An answer of 503 that says when to come back, and nothing of where the store is. */
export function assertUnavailable({ outcome, response }: Answer): void {
  assert.equal(outcome, "ok");
  assert.equal(response?.status, 503);
  assert.equal(response.headers.get("retry-after"), "1");
  assert.doesNotMatch(response.body.toString(), /redis|cache\.internal|refused|\.ts:/);
}
