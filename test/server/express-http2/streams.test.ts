import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { Readable, Transform } from "node:stream";
import { text } from "node:stream/consumers";
import { pipeline } from "node:stream/promises";
import type { Response } from "express";
import { overBoth } from "../../support/express-over.ts";

overBoth(
  "an event stream delivers each event as it is written, until the client leaves",
  async ({ express, serve }) => {
    const app = express();
    const opened = Promise.withResolvers<Response>();
    const left = Promise.withResolvers<unknown>();
    app.get("/events", (req, res) => {
      req.socket.setTimeout(0);
      req.socket.setNoDelay(true);
      req.socket.setKeepAlive(true);
      res.set("Connection", "keep-alive").type("text/event-stream").flushHeaders();
      req.on("close", () => left.resolve([req.destroyed, res.writableFinished]));
      opened.resolve(res);
    });
    const visitor = await serve(app);
    const { head, download, abort } = visitor.begin("/events");
    assert.equal((await head).headers["content-type"], "text/event-stream; charset=utf-8");
    const response = await opened.promise;
    for (const event of ["data: 1\n\n", "data: 2\n\n"]) {
      response.write(event);
      assert.equal(String((await once(download(), "data"))[0]), event);
    }
    abort();
    assert.deepEqual(await left.promise, [true, false]);
  },
);

overBoth("write says when to wait, and drain when to go on", async ({ express, serve }) => {
  const app = express();
  const waited: unknown[] = [];
  app.get("/", async (_req, res) => {
    const chunk = Buffer.alloc(100_000, "x");
    for (let left = 40; left > 0; left--) {
      if (res.write(chunk)) continue;
      const before = res.writableNeedDrain;
      await once(res, "drain");
      waited.push([before, res.writableNeedDrain]);
    }
    res.end();
  });
  const visitor = await serve(app);
  const { body } = await visitor.ask("/");
  assert.equal(body.length, 4_000_000);
  assert.ok(waited.length > 0);
  assert.deepEqual(waited[0], [true, false]);
});

overBoth("a client that does not read holds the app back", async ({ express, serve }) => {
  const app = express();
  const made = { bytes: 0 };
  const full = Promise.withResolvers<undefined>();
  app.get("/", (_req, res) => {
    const source = new Readable({
      read() {
        made.bytes += 64_000;
        this.push(made.bytes > 64_000_000 ? null : Buffer.alloc(64_000));
      },
    });
    source.pipe(res);
    // What waits for the client is more than what the stream and the sockets between hold.
    source.on("pause", () => full.resolve(undefined));
  });
  const visitor = await serve(app);
  const { head, download, abort } = visitor.begin("/");
  await head;
  download().pause();
  await full.promise;
  assert.ok(made.bytes < 32_000_000, `${made.bytes} bytes`);
  abort();
});

const upper = (): Transform =>
  new Transform({ transform: (chunk: Buffer, _encoding, done) => done(null, chunk.toString().toUpperCase()) });

overBoth("what is piped through comes back byte for byte", async ({ express, serve }) => {
  const app = express();
  app.post("/echo", (req, res) => void req.pipe(res));
  app.post("/upper", (req, res) => void pipeline(req, upper(), res));
  const visitor = await serve(app);
  const body = randomBytes(3_000_000);
  assert.ok((await visitor.ask("/echo", { body })).body.equals(body));
  assert.equal((await visitor.ask("/upper", { body: "abc" })).text, "ABC");
});

overBoth("pipeline of a generator resolves when all was sent", async ({ express, serve }) => {
  const app = express();
  const sent = Promise.withResolvers<boolean>();
  app.get("/", (_req, res, next) => {
    const parts = Array.from({ length: 200 }, (_, index) => `${index},`.padEnd(10_000, "."));
    pipeline(Readable.from(parts), res).then(() => sent.resolve(res.writableFinished), next);
  });
  const visitor = await serve(app);
  assert.equal((await visitor.ask("/")).body.length, 2_000_000);
  assert.equal(await sent.promise, true);
});

overBoth("an app may answer before the upload ends, and read on", async ({ express, serve }) => {
  const app = express();
  const read = Promise.withResolvers<string>();
  app.post("/", (req, res) => {
    text(req).then(read.resolve, read.reject);
    res.write("begun, ");
    setImmediate(() => res.write("going on"));
    req.on("end", () => res.end());
  });
  const visitor = await serve(app);
  const { upload, head, download } = visitor.begin("/", { method: "POST" });
  upload.write("one ");
  await head;
  const answer = text(download());
  upload.end("two");
  assert.equal(await read.promise, "one two");
  assert.equal(await answer, "begun, going on");
});

overBoth("callbacks of write and end are called, encodings and corks kept", async ({ express, serve }) => {
  const app = express();
  const called: string[] = [];
  const done = Promise.withResolvers<undefined>();
  app.get("/", (_req, res) => {
    res.cork();
    res.write("4772c3bc", "hex", () => called.push("write"));
    res.write(Buffer.from("ß"));
    process.nextTick(() => {
      res.uncork();
      res.end("e", "utf8", () => {
        called.push("end");
        done.resolve(undefined);
      });
    });
  });
  const visitor = await serve(app);
  assert.equal((await visitor.ask("/")).text, "Grüße");
  await done.promise;
  assert.deepEqual(called, ["write", "end"]);
});
