import { Hono } from "hono";

const app = new Hono();
app.get("/", (context) => context.text("Hello, world!\n"));
app.get("/pid", (context) => context.text(String(process.pid)));
export default app;
