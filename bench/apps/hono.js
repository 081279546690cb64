import { threadId } from "node:worker_threads";
import { serve } from "@hono/node-server";
import { Hono } from "hono";

const app = new Hono();
app.get("/", (context) => context.text("Hello, world!\n"));
app.get("/pid", (context) => context.text(`${process.pid}.${threadId}`));
serve({ fetch: app.fetch, port: Number(process.env.PORT) });
