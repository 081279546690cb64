import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import { pipeline } from "node:stream/promises";
import { gzipSync } from "node:zlib";
import type { Response } from "express";
import { over, overBoth } from "../../support/express-over.ts";

overBoth(
  "json, urlencoded, text and raw bodies are parsed, with and without a known length",
  async ({ express, serve }) => {
    const app = express();
    app.use(express.json(), express.urlencoded({ extended: true }), express.text(), express.raw());
    app.post("/", (req, res) => void res.json(Buffer.isBuffer(req.body) ? req.body.toString("hex") : req.body));
    const visitor = await serve(app);
    const bodies: readonly (readonly [type: string, body: string | Buffer, parsed: unknown])[] = [
      ["application/json", '{"a":[1]}', { a: [1] }],
      ["application/x-www-form-urlencoded", "a[b]=1&c=2", { a: { b: "1" }, c: "2" }],
      ["text/plain", "Grüße", "Grüße"],
      ["application/octet-stream", Buffer.from([0, 255]), "00ff"],
    ];
    for (const [type, body, parsed] of bodies) {
      const length = { "content-length": String(Buffer.byteLength(body)) };
      for (const more of [{}, length]) {
        const { status, text } = await visitor.ask("/", { body, headers: { "content-type": type, ...more } });
        assert.deepEqual([status, JSON.parse(text)], [200, parsed], type);
      }
    }
  },
);

overBoth(
  "a gzipped body is inflated, a broken one answered 400, one over the limit 413",
  async ({ express, serve }) => {
    const app = express();
    app.use(express.json({ limit: 1000 }));
    app.post("/", (req, res) => void res.json(req.body));
    const visitor = await serve(app);
    const post = (body: string | Buffer, headers = {}) =>
      visitor.ask("/", { body, headers: { "content-type": "application/json", ...headers } });
    assert.equal((await post(gzipSync('{"a":1}'), { "content-encoding": "gzip" })).text, '{"a":1}');
    assert.equal((await post('{"a":')).status, 400);
    const large = JSON.stringify("x".repeat(100_000));
    assert.equal((await post(large)).status, 413);
    assert.equal((await post(large, { "content-length": String(large.length) })).status, 413);
    assert.equal((await post('{"still":"served"}')).status, 200);
  },
);

overBoth("a request without a body has none, and ends", async ({ express, serve }) => {
  const app = express();
  app.use(express.json({ type: () => true, strict: false }));
  app.all("/", (req, res) => {
    const { "transfer-encoding": coding, "content-length": length } = req.headers;
    req.on("end", () => res.json({ coding, length, complete: req.complete })).resume();
  });
  const visitor = await serve(app);
  assert.equal((await visitor.ask("/")).text, '{"complete":true}');
  assert.equal((await visitor.ask("/", { method: "DELETE" })).text, '{"complete":true}');
});

overBoth("a large upload arrives whole, at the pace of who reads it", async ({ express, serve }) => {
  const app = express();
  app.post("/", (req, res, next) => {
    const hash = createHash("sha256");
    let most = 0;
    const slowly = async function* (source: AsyncIterable<Buffer>) {
      for await (const chunk of source) {
        most = Math.max(most, req.readableLength);
        await new Promise(setImmediate);
        yield chunk;
      }
    };
    pipeline(req, slowly, hash).then(() => res.json({ sum: hash.digest("hex"), held: most < 1_000_000 }), next);
  });
  const visitor = await serve(app);
  const body = randomBytes(5_000_000);
  const { text } = await visitor.ask("/", { body });
  assert.deepEqual(JSON.parse(text), { sum: createHash("sha256").update(body).digest("hex"), held: true });
});

overBoth("an upload is read part by part, paused and resumed", async ({ express, serve }) => {
  const app = express();
  const heard = Promise.withResolvers<Response>();
  app.post("/", (req, res) => {
    const parts: string[] = [];
    req.setEncoding("utf8");
    req.on("data", (part: string) => {
      parts.push(part);
      req.pause();
      setImmediate(() => req.resume());
      if (parts.length === 1) heard.resolve(res);
    });
    req.on("end", () => res.send(parts.join("")));
  });
  const visitor = await serve(app);
  const { upload, head, download } = visitor.begin("/", { method: "POST" });
  upload.write("first, ");
  await heard.promise;
  upload.end("last");
  assert.equal((await head).status, 200);
  assert.equal(String((await once(download(), "data"))[0]), "first, last");
});

overBoth("an app that answers without reading the upload is done with it", async ({ express, serve }) => {
  const app = express();
  const closed = Promise.withResolvers<unknown>();
  app.post("/", (req, res) => {
    req.on("close", () => closed.resolve([req.destroyed, req.aborted]));
    res.status(403).send("no");
  });
  app.get("/", (_req, res) => void res.send("next"));
  const visitor = await serve(app);
  const { status, text } = await visitor.ask("/", { body: Buffer.alloc(200_000) });
  assert.deepEqual([status, text], [403, "no"]);
  assert.deepEqual(await closed.promise, [true, false]);
  assert.equal((await visitor.ask("/")).text, "next");
});

overBoth("expect: 100-continue is answered before the body is sent", async ({ express, serve }) => {
  const app = express();
  app.use(express.text());
  app.post("/", (req, res) => void res.send(`got ${req.body}`));
  const visitor = await serve(app);
  const headers = { expect: "100-continue", "content-type": "text/plain" };
  const { upload, head, informational, download } = visitor.begin("/", { method: "POST", headers });
  if ("flushHeaders" in upload) (upload.flushHeaders as () => void)();
  await once(upload, "continue");
  upload.end("it");
  assert.equal((await head).status, 200);
  assert.equal(String((await once(download(), "data"))[0]), "got it");
  assert.ok(informational.every((status) => status === 100));
});

over(
  "HTTP/2",
  "an upload without an end is refused once it was answered and nobody reads it",
  async ({ express, serve }) => {
    const app = express();
    app.post("/written", (_req, res) => {
      res.write("no, ");
      res.end("thank you");
    });
    const visitor = await serve(app);
    const { upload, over, head, download } = visitor.begin("/written", { method: "POST" });
    upload.write("never ends");
    await head;
    download().resume();
    assert.equal(await over, 0);
  },
);
