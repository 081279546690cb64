// Log in on one worker, be known on every other:
//   drover examples/sessions/koa.ts
//   curl -c jar -b jar -X POST 'localhost:3000/login?name=Ada' && curl -c jar -b jar localhost:3000/me
import { createStore } from "drover/session/koa";
import Koa from "koa";
import session from "koa-session";

const app = new Koa();
app.keys = [process.env.SESSION_SECRET ?? "a development secret: set SESSION_SECRET"];
app.use(session({ store: createStore(), rolling: true, maxAge: 24 * 3_600_000 }, app));

app.use(async (ctx) => {
  switch (`${ctx.method} ${ctx.path}`) {
    case "POST /login":
      ctx.session = { name: String(ctx.query.name ?? "somebody") };
      // A new id at each login: nobody can be given one beforehand.
      await ctx.session.regenerate();
      break;
    case "POST /logout":
      ctx.session = null;
      break;
    case "GET /me":
      break;
    default:
      ctx.throw(404);
  }
  ctx.body = { name: ctx.session?.name ?? null, pid: process.pid };
});

const server = app.listen(Number(process.env.PORT ?? 3000), () => console.log("listening on", server.address()));
