import { createStore } from "drover/session/express";
import { Router } from "express";
import session from "express-session";
import { nameIn } from "./name.ts";

declare module "express-session" {
  interface SessionData {
    name: string;
  }
}

/** Who somebody says to be, without a password: it shows where a login is kept, not how one is checked. */
export function loginRouter(secret: string): Router {
  const router = Router();

  router.use(
    session({
      store: createStore(session), // All workers know who is logged in, after a crash or a restart too.
      secret,
      resave: false,
      saveUninitialized: false,
      cookie: { httpOnly: true, sameSite: "lax", secure: "auto", maxAge: 24 * 3600 * 1000 },
    }),
  );

  router.get("/", (req, res) => {
    res.json({ name: req.session.name ?? null });
  });

  router.post("/", (req, res, next) => {
    const name = nameIn(req.body);
    // A login gets an id of its own: one that somebody else had put into this browser must not become a login.
    req.session.regenerate((error) => {
      if (error) return next(error);
      req.session.name = name;
      // Saved before the answer begins, so that a failure can still be told.
      req.session.save((error) => (error ? next(error) : res.json({ name })));
    });
  });

  router.delete("/", (req, res, next) => {
    req.session.destroy((error) => {
      if (error) next(error);
      else res.status(204).end();
    });
  });

  return router;
}
