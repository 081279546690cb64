import { join } from "node:path";
import express, { type Express } from "express";
import { answerErrors } from "./errors.ts";
import { loginRouter } from "./login.ts";
import { usersRouter } from "./users.ts";
import { countVisits, visitsOf } from "./visits.ts";
import { whoAnswers, workerRouter } from "./worker.ts";

export function createApp(secret: string): Express {
  const app = express();
  app.disable("x-powered-by");

  app.use(whoAnswers);
  app.get("/", countVisits);
  app.use(express.static(join(import.meta.dirname, "public")));
  app.get("/visits", (req, res) => {
    res.json({ visits: visitsOf(req) });
  });
  app.use("/worker", workerRouter());
  app.use(express.json({ limit: "10kb" }));
  app.use("/users", usersRouter());
  app.use("/login", loginRouter(secret));
  app.use(answerErrors);
  return app;
}
