import assert from "node:assert/strict";
import { gunzipSync } from "node:zlib";
import compression from "compression";
import session from "express-session";
import { overBoth } from "../../support/express-over.ts";

declare module "express-session" {
  interface SessionData {
    count: number;
  }
}

const options = { secret: "s", resave: false, saveUninitialized: false, cookie: { secure: true } } as const;

overBoth("express-session sets its secure cookie and finds the session again", async ({ express, serve }) => {
  const app = express();
  app.use(session(options));
  app.get("/", (req, res) => {
    req.session.count = (req.session.count ?? 0) + 1;
    res.send(`visit ${req.session.count}`);
  });
  app.get("/empty", (req, res) => {
    req.session.count = 0;
    res.end();
  });
  const visitor = await serve(app);
  const first = await visitor.ask("/");
  const cookie = first.headers["set-cookie"]?.[0]?.split(";")[0] ?? "";
  assert.match(cookie, /^connect\.sid=/);
  assert.equal(first.text, "visit 1");
  // HTTP/2 clients send their cookies one by one.
  assert.equal((await visitor.ask("/", { headers: { cookie: ["other=1", cookie] } })).text, "visit 2");
  assert.equal((await visitor.ask("/empty")).headers["set-cookie"]?.length, 1);
});

overBoth("compression compresses, under sessions, streams and ETags", async ({ express, serve }) => {
  const app = express();
  app.use(compression({ threshold: 0 }), session(options));
  app.get("/send", (req, res) => {
    req.session.count = 1;
    res.send("x".repeat(100_000));
  });
  app.get("/stream", (_req, res) => {
    res.type("text");
    let left = 50;
    const more = (): void => {
      while (left-- > 0) {
        if (!res.write("y".repeat(10_000))) return void res.once("drain", more);
      }
      res.end();
    };
    more();
  });
  const visitor = await serve(app);
  const headers = { "accept-encoding": "gzip" };
  const sent = await visitor.ask("/send", { headers });
  assert.deepEqual([sent.headers["content-encoding"], sent.headers["content-length"]], ["gzip", undefined]);
  assert.equal(gunzipSync(sent.body).toString(), "x".repeat(100_000));
  assert.equal(sent.headers["set-cookie"]?.length, 1);
  assert.equal(gunzipSync((await visitor.ask("/stream", { headers })).body).length, 500_000);
  assert.equal((await visitor.ask("/send", { method: "HEAD", headers })).text, "");
});

overBoth("a compressed event stream delivers each event when it is flushed", async ({ express, serve }) => {
  const app = express();
  app.use(compression());
  app.get("/", (_req, res) => {
    res.type("text/event-stream").write("data: 1\n\n");
    (res as unknown as { flush(): void }).flush();
  });
  const visitor = await serve(app);
  const { head, download, abort } = visitor.begin("/", { headers: { "accept-encoding": "gzip" } });
  assert.equal((await head).headers["content-encoding"], "gzip");
  for await (const _part of download()) break;
  abort();
});
