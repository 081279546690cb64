import { kv } from "drover/kv";
import { Router } from "express";
import { mistake } from "./errors.ts";
import { nameIn } from "./name.ts";

interface User {
  readonly id: number;
  readonly name: string;
}

const keyOf = (id: number | string): string => `user:${id}`;

/** Users live in the store that all workers share: what one of them writes, the next one reads. */
export function usersRouter(): Router {
  const router = Router();

  router.param("id", (_req, _res, next, id: string) => {
    next(/^\d{1,15}$/.test(id) ? undefined : mistake(404, "no such user"));
  });

  router.get("/", async (_req, res) => {
    const users = await kv.list<User>(keyOf(""));
    res.json(users.map(({ value }) => value).toSorted((a, b) => a.id - b.id));
  });

  router.post("/", async (req, res) => {
    const name = nameIn(req.body);
    const user: User = { id: await kv.incr("last-user-id"), name };
    await kv.set(keyOf(user.id), user);
    res.status(201).location(`${req.baseUrl}/${user.id}`).json(user);
  });

  router.get("/:id", async (req, res) => {
    const user = await kv.get<User>(keyOf(req.params.id));
    if (!user) throw mistake(404, "no such user");
    res.json(user);
  });

  router.put("/:id", async (req, res) => {
    const user: User = { id: Number(req.params.id), name: nameIn(req.body) };
    if (!(await kv.get(keyOf(user.id)))) throw mistake(404, "no such user");
    await kv.set(keyOf(user.id), user);
    res.json(user);
  });

  router.delete("/:id", async (req, res) => {
    if (!(await kv.delete(keyOf(req.params.id)))) throw mistake(404, "no such user");
    res.status(204).end();
  });

  return router;
}
