// Log in on one worker, be known on every other:
//   drover examples/sessions/express.ts
//   curl -c jar -b jar -X POST 'localhost:3000/login?name=Ada' && curl -c jar -b jar localhost:3000/me
import { createStore } from "drover/session/express";
import express, { type Request } from "express";
import session from "express-session";

declare module "express-session" {
  interface SessionData {
    name: string;
  }
}

const app = express();
const secret = process.env.SESSION_SECRET ?? "a development secret: set SESSION_SECRET";
const cookie = { maxAge: 24 * 3_600_000, sameSite: "lax" } as const;
app.use(
  session({ store: createStore(session), secret, resave: false, saveUninitialized: false, rolling: true, cookie }),
);

const whoIsIt = (req: Request) => ({ name: req.session?.name ?? null, pid: process.pid });
app.get("/me", (req, res) => void res.json(whoIsIt(req)));
app.post("/login", (req, res, next) => {
  // A new id at each login: nobody can be given one beforehand.
  req.session.regenerate((error) => {
    if (error) return next(error);
    req.session.name = typeof req.query.name === "string" ? req.query.name : "somebody";
    // Saved before the answer begins, so that a failure can still be told.
    req.session.save((error) => (error ? next(error) : res.json(whoIsIt(req))));
  });
});
app.post("/logout", (req, res, next) => {
  req.session.destroy((error) => (error ? next(error) : res.json(whoIsIt(req))));
});

const server = app.listen(Number(process.env.PORT ?? 3000), () => console.log("listening on", server.address()));
