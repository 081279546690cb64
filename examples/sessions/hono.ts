// Log in on one worker, be known on every other:
//   drover examples/sessions/hono.ts
//   curl -c jar -b jar -X POST 'localhost:3000/login?name=Ada' && curl -c jar -b jar localhost:3000/me
import { serve } from "@hono/node-server";
import { createStore } from "drover/session/hono";
import { Hono, type Context } from "hono";
import { sessionMiddleware, type Session } from "hono-sessions";

type Env = { Variables: { session: Session<{ name: string }>; session_key_rotation: boolean } };

const app = new Hono<Env>();
const encryptionKey = process.env.SESSION_SECRET ?? "a development secret: set SESSION_SECRET";
app.use(sessionMiddleware({ store: createStore(), encryptionKey, expireAfterSeconds: 24 * 3600 }));

const whoIsIt = (c: Context<Env>) => c.json({ name: c.var.session.get("name"), pid: process.pid });
app.get("/me", whoIsIt);
app.post("/login", (c) => {
  c.var.session.set("name", c.req.query("name") ?? "somebody");
  // A new id at each login: nobody can be given one beforehand.
  c.set("session_key_rotation", true);
  return whoIsIt(c);
});
app.post("/logout", (c) => {
  c.var.session.deleteSession();
  return c.json({ name: null, pid: process.pid });
});

serve({ fetch: app.fetch, port: Number(process.env.PORT ?? 3000) }, (address) => console.log("listening on", address));
