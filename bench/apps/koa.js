import { threadId } from "node:worker_threads";
import Koa from "koa";

const app = new Koa();
app.use((ctx) => {
  ctx.body = ctx.path === "/pid" ? `${process.pid}.${threadId}` : "Hello, world!\n";
});
app.listen(Number(process.env.PORT));
