import cluster from "node:cluster";
import { Router, type NextFunction, type Request, type Response } from "express";

/** The worker's slot, 1..N; `null` under plain `node`, where there is one process and nobody to replace it. */
const slot = (): number | null => cluster.worker?.id ?? null;

/** Names the worker in each answer, and asks for a fresh connection next time, so that any worker may take it. */
export function whoAnswers(_req: Request, res: Response, next: NextFunction): void {
  res.set({ Connection: "close", "X-Pid": String(process.pid), "X-Slot": String(slot() ?? "-") });
  next();
}

export function workerRouter(): Router {
  const router = Router();

  router.get("/", (_req, res) => {
    res.json({ slot: slot(), pid: process.pid });
  });

  // For the demonstration only: an app that strangers can reach has no such route.
  router.delete("/", (_req, res) => {
    if (slot() === null) {
      res.status(409).json({ error: "Nobody would replace this process. Run the example with `drover server.ts`." });
      return;
    }
    res.on("finish", () => process.kill(process.pid, "SIGKILL"));
    res.json({ slot: slot(), pid: process.pid });
  });

  return router;
}
