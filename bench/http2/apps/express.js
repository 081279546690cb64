import express from "express";

const app = express();
app.get("/", (_req, res) => res.send("Hello, world!\n"));
app.get("/pid", (_req, res) => res.send(String(process.pid)));
app.post("/", express.json(), (req, res) => res.json({ items: req.body.items.length }));
export default app;
