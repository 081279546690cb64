import { randomUUID } from "node:crypto";
import express, { Router } from "express";

interface User {
  readonly id: string;
  readonly name: string;
}

const LONGEST_NAME = 80;

function nameOf(body: unknown): string | null {
  const name = (body as { name?: unknown } | undefined)?.name;
  if (typeof name !== "string") return null;
  const trimmed = name.trim();
  return trimmed.length > 0 && trimmed.length <= LONGEST_NAME ? trimmed : null;
}

/** A user lives in the memory of the worker that created it: the other workers answer 404, and it dies with its worker. */
export function usersRouter(): Router {
  const users = new Map<string, User>();
  const router = Router();
  router.use(express.json({ limit: "10kb" }));

  router.get("/", (_req, res) => {
    res.json([...users.values()]);
  });

  router.post("/", (req, res) => {
    const name = nameOf(req.body);
    if (name === null) {
      res.status(400).json({ error: `"name" must be a text of 1 to ${LONGEST_NAME} characters` });
      return;
    }
    const user = { id: randomUUID(), name };
    users.set(user.id, user);
    res.status(201).location(`${req.baseUrl}/${user.id}`).json(user);
  });

  router.get("/:id", (req, res) => {
    const user = users.get(req.params.id);
    if (user) res.json(user);
    else res.status(404).json({ error: "no such user in this worker" });
  });

  router.delete("/:id", (req, res) => {
    if (users.delete(req.params.id)) res.status(204).end();
    else res.status(404).json({ error: "no such user in this worker" });
  });

  return router;
}
