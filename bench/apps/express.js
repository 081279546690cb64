import { threadId } from "node:worker_threads";
import express from "express";

const app = express();
app.get("/", (_req, res) => res.send("Hello, world!\n"));
app.get("/pid", (_req, res) => res.send(`${process.pid}.${threadId}`));
app.listen(Number(process.env.PORT));
