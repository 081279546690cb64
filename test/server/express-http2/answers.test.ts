import assert from "node:assert/strict";
import { overBoth, over } from "../../support/express-over.ts";

overBoth("send, json and jsonp answer as they are, with length and ETag", async ({ express, serve }) => {
  const app = express();
  app.get("/text", (_req, res) => void res.send("Grüße"));
  app.get("/json", (_req, res) => void res.json({ a: 1 }));
  app.get("/jsonp", (_req, res) => void res.jsonp({ a: 1 }));
  app.get("/buffer", (_req, res) => void res.send(Buffer.from([0, 255])));
  const visitor = await serve(app);
  const text = await visitor.ask("/text");
  assert.deepEqual([text.status, text.text, text.headers["content-length"]], [200, "Grüße", "7"]);
  assert.equal(text.headers["content-type"], "text/html; charset=utf-8");
  assert.match(String(text.headers.etag), /^W\/"7-/);
  assert.ok(text.headers.date);
  assert.equal((await visitor.ask("/json")).text, '{"a":1}');
  assert.match((await visitor.ask("/jsonp?callback=f")).text, /f\(\{"a":1\}\)/);
  assert.deepEqual([...(await visitor.ask("/buffer")).body], [0, 255]);
});

overBoth("an app knows who asks, by which protocol and for whom", async ({ express, protocol, serve }) => {
  const app = express();
  app.set("trust proxy", "loopback");
  app.get("/who", (req, res) => {
    const { secure, ip, ips, hostname, originalUrl, query, subdomains } = req;
    const { remoteAddress, remotePort, localPort } = req.socket;
    const socket = {
      remoteAddress,
      sane: Number(remotePort) > 0 && Number(localPort) > 0,
      same: req.socket === res.socket,
    };
    const version = [req.httpVersion, req.httpVersionMajor];
    const host = req.get("host");
    res.json({
      version,
      secure,
      protocol: req.protocol,
      ip,
      ips,
      hostname,
      subdomains,
      host,
      originalUrl,
      query,
      socket,
    });
  });
  const visitor = await serve(app);
  const { text } = await visitor.ask("/who?a=b", {
    host: "shop.example.com:8443",
    headers: { "x-forwarded-for": "192.0.2.1" },
  });
  assert.deepEqual(JSON.parse(text), {
    version: protocol === "HTTP/2" ? ["2.0", 2] : ["1.1", 1],
    secure: true,
    protocol: "https",
    ip: "192.0.2.1",
    ips: ["192.0.2.1"],
    hostname: "shop.example.com",
    subdomains: ["shop"],
    host: "shop.example.com:8443",
    originalUrl: "/who?a=b",
    query: { a: "b" },
    socket: { remoteAddress: "127.0.0.1", sane: true, same: true },
  });
});

overBoth("header fields come and go as in HTTP/1", async ({ express, serve }) => {
  const app = express();
  app.get("/", (req, res) => {
    res.cookie("a", "1").cookie("b", "2", { httpOnly: true });
    res.append("X-Many", ["one", "two"]).vary("Origin");
    res.set("X-Removed", "yes").removeHeader("x-removed");
    res.json({ cookie: req.headers.cookie, many: req.get("x-many"), distinct: req.headersDistinct["x-many"] });
  });
  const visitor = await serve(app);
  const headers = { cookie: ["a=1", "b=2; c=3"], "x-many": ["1", "2"] };
  const answer = await visitor.ask("/", { headers });
  assert.deepEqual(JSON.parse(answer.text), { cookie: "a=1; b=2; c=3", many: "1, 2", distinct: ["1", "2"] });
  assert.deepEqual(answer.headers["set-cookie"], ["a=1; Path=/", "b=2; Path=/; HttpOnly"]);
  assert.equal(answer.headers["x-many"], "one, two");
  assert.equal(answer.headers.vary, "Origin");
  assert.equal(answer.headers["x-removed"], undefined);
});

overBoth("redirect, format, links, sendStatus and 304 answer as they are", async ({ express, serve }) => {
  const app = express();
  app.get("/old", (_req, res) => res.redirect(301, "/new"));
  app.get(
    "/format",
    (_req, res) => void res.format({ text: () => res.send("text"), json: () => res.send({ as: "json" }) }),
  );
  app.get("/links", (_req, res) => void res.links({ next: "/2" }).sendStatus(202));
  app.get("/fresh", (_req, res) => void res.set("ETag", '"1"').send("old news"));
  app.delete("/gone", (_req, res) => void res.status(204).end());
  const visitor = await serve(app);
  const redirect = await visitor.ask("/old");
  assert.deepEqual([redirect.status, redirect.headers.location], [301, "/new"]);
  assert.equal((await visitor.ask("/format", { headers: { accept: "application/json" } })).text, '{"as":"json"}');
  assert.equal((await visitor.ask("/format", { headers: { accept: "image/png" } })).status, 406);
  const links = await visitor.ask("/links");
  assert.deepEqual([links.status, links.text, links.headers.link], [202, "Accepted", '</2>; rel="next"']);
  const fresh = await visitor.ask("/fresh", { headers: { "if-none-match": '"1"' } });
  assert.deepEqual([fresh.status, fresh.text, fresh.headers["content-length"]], [304, "", undefined]);
  assert.equal((await visitor.ask("/gone", { method: "DELETE" })).status, 204);
});

overBoth("HEAD gets what GET gets, without its body, and ends", async ({ express, serve }) => {
  const app = express();
  const ended: string[] = [];
  app.use((req, res, next) => {
    res.on("finish", () => ended.push(`${req.path} finish`)).on("close", () => ended.push(`${req.path} close`));
    next();
  });
  app.get("/sent", (_req, res) => void res.send("12345"));
  app.get("/written", (_req, res) => {
    res.write("first");
    // By then the answer is whole for the client.
    setImmediate(() => setImmediate(() => res.end("last")));
  });
  app.get("/ended", (_req, res) => void res.json(ended));
  const visitor = await serve(app);
  const sent = await visitor.ask("/sent", { method: "HEAD" });
  assert.deepEqual([sent.status, sent.text, sent.headers["content-length"]], [200, "", "5"]);
  assert.equal((await visitor.ask("/written", { method: "HEAD" })).text, "");
  let seen: string[] = [];
  while (seen.length < 4) seen = JSON.parse((await visitor.ask("/ended")).text) as string[];
  assert.deepEqual(seen.slice(0, 4), ["/sent finish", "/sent close", "/written finish", "/written close"]);
});

overBoth("writeHead takes its fields as an object, a list and pairs", async ({ express, serve }) => {
  const app = express();
  app.disable("x-powered-by");
  app.get(
    "/object",
    (_req, res) => void res.writeHead(201, "Made", { "X-A": "1", "set-cookie": ["a=1", "b=2"] }).end("x"),
  );
  app.get(
    "/list",
    (_req, res) => void res.writeHead(201, ["X-A", "1", "Set-Cookie", "a=1", "set-cookie", "b=2"]).end("x"),
  );
  app.get("/set", (_req, res) => {
    res.setHeader("x-a", "0");
    res.setHeader("set-cookie", ["a=1", "b=2"]);
    res.writeHead(201, { "X-A": "1" }).end("x");
  });
  const visitor = await serve(app);
  for (const path of ["/object", "/list", "/set"]) {
    const { status, headers, text } = await visitor.ask(path);
    assert.deepEqual([status, headers["x-a"], headers["set-cookie"], text], [201, "1", ["a=1", "b=2"], "x"], path);
  }
});

overBoth("headersSent, writableEnded and writableFinished tell the truth", async ({ express, serve }) => {
  const app = express();
  const told = Promise.withResolvers<unknown>();
  app.get("/", (_req, res) => {
    const states: unknown[] = [];
    const note = (): unknown => states.push([res.headersSent, res.writableEnded, res.writableFinished, res.finished]);
    note();
    res.write("a");
    note();
    res.on("finish", () => told.resolve((note(), states)));
    res.end();
    states.push([res.headersSent, res.writableEnded]);
  });
  const visitor = await serve(app);
  await visitor.ask("/");
  assert.deepEqual(await told.promise, [
    [false, false, false, false],
    [true, false, false, false],
    [true, true],
    [true, true, true, true],
  ]);
});

over(
  "HTTP/2",
  "fields that belong to an HTTP/1 connection are left out, also on the error page",
  async ({ express, serve }) => {
    const app = express();
    app.get("/", (_req, res) => {
      res.set({ Connection: "keep-alive", "Keep-Alive": "timeout=5", "Transfer-Encoding": "chunked", Upgrade: "h2c" });
      res.send("fine");
    });
    app.get(
      "/head",
      (_req, res) => void res.writeHead(200, { Connection: "close", "proxy-connection": "close" }).end("fine"),
    );
    app.get("/error", (_req, res) => {
      res.set("Transfer-Encoding", "chunked");
      throw new Error("expected");
    });
    const visitor = await serve(app);
    for (const path of ["/", "/head", "/error"]) {
      const { status, headers } = await visitor.ask(path);
      assert.equal(status, path === "/error" ? 500 : 200);
      const forbidden = ["connection", "keep-alive", "transfer-encoding", "upgrade", "proxy-connection"];
      assert.deepEqual(
        Object.keys(headers).filter((name) => forbidden.includes(name)),
        [],
      );
    }
  },
);

over(
  "HTTP/2",
  "a status that HTTP/2 has not becomes 500, a field it allows once is joined",
  async ({ express, serve }) => {
    const app = express();
    app.get("/status/:code", (req, res) => void res.writeHead(Number(req.params.code)).end("x"));
    app.get("/twice", (_req, res) => void (res.setHeader("content-language", ["de", "en"]), res.send("x")));
    const visitor = await serve(app);
    assert.equal((await visitor.ask("/status/799")).status, 500);
    assert.equal((await visitor.ask("/status/103")).status, 500);
    assert.equal((await visitor.ask("/status/599")).status, 599);
    assert.equal((await visitor.ask("/twice")).headers["content-language"], "de, en");
  },
);
