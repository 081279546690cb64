// Log in on one worker, be known on every other:
//   drover examples/sessions/fastify.ts
//   curl -c jar -b jar -X POST 'localhost:3000/login?name=Ada' && curl -c jar -b jar localhost:3000/me
import cookie from "@fastify/cookie";
import session from "@fastify/session";
import { createStore } from "drover/session/fastify";
import fastify, { type FastifyRequest } from "fastify";

declare module "fastify" {
  interface Session {
    name?: string;
  }
}

const app = fastify();
const secret = process.env.SESSION_SECRET ?? "a development secret: set SESSION_SECRET";
await app.register(cookie);
await app.register(session, {
  store: createStore(),
  secret,
  saveUninitialized: false,
  cookie: { maxAge: 24 * 3_600_000, secure: "auto" },
});

const whoIsIt = (request: FastifyRequest) => ({ name: request.session?.name ?? null, pid: process.pid });
app.get("/me", async (request) => whoIsIt(request));
app.post<{ Querystring: { name?: string } }>("/login", async (request) => {
  // A new id at each login: nobody can be given one beforehand.
  await request.session.regenerate();
  request.session.name = request.query.name ?? "somebody";
  return whoIsIt(request);
});
app.post("/logout", async (request) => {
  await request.session.destroy();
  return whoIsIt(request);
});

const { PORT = 3000, HOST = "0.0.0.0" } = process.env;
console.log("listening on", await app.listen({ port: Number(PORT), host: HOST }));
