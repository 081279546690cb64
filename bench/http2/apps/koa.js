import { json } from "node:stream/consumers";
import Koa from "koa";

const app = new Koa();
app.use(async (ctx) => {
  if (ctx.method === "POST") ctx.body = { items: (await json(ctx.req)).items.length };
  else ctx.body = ctx.path === "/pid" ? String(process.pid) : "Hello, world!\n";
});
export default app;
