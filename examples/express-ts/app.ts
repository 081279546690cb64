import { join } from "node:path";
import express, { type Express, type NextFunction, type Request, type Response } from "express";
import { usersRouter } from "./users.ts";
import { countVisits, visitsOf } from "./visits.ts";
import { whoAnswers, workerRouter } from "./worker.ts";

/** Answers a client's mistake, such as a body that is not JSON, as JSON. Everything else stays with Express. */
function explainMistake(error: unknown, _req: Request, res: Response, next: NextFunction): void {
  const { status, message } = error as { status?: number; message?: string };
  if (status === undefined || status >= 500) next(error);
  else res.status(status).json({ error: message });
}

export function createApp(): Express {
  const app = express();
  app.disable("x-powered-by");

  app.use(whoAnswers);
  app.get("/", countVisits);
  app.use(express.static(join(import.meta.dirname, "public")));
  app.get("/visits", (req, res) => {
    res.json({ visits: visitsOf(req) });
  });
  app.use("/worker", workerRouter());
  app.use("/users", usersRouter());
  app.use(explainMistake);
  return app;
}

export const app = createApp();
