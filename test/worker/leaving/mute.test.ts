import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, get, type ServerResponse } from "node:http";
import { PassThrough, Writable } from "node:stream";
import { text } from "node:stream/consumers";
import { suite, test, type TestContext } from "node:test";
import { mute } from "../../../src/worker/leaving/mute.ts";

/** A response whose head and first bytes are out, and the client's side of it. */
async function response(t: TestContext): Promise<{ res: ServerResponse; body: Promise<string> }> {
  const server = createServer();
  t.after(() => server.closeAllConnections());
  t.after(() => server.close());
  server.listen(0);
  await once(server, "listening");
  const address = server.address();
  const port = typeof address === "object" && address ? address.port : 0;
  const { promise, resolve } = Promise.withResolvers<string>();
  get({ port }, (res) => resolve(text(res)));
  const [, res] = (await once(server, "request")) as [unknown, ServerResponse];
  res.write("first");
  return { res, body: promise };
}

suite("a response that was ended for the app", () => {
  test("takes what the app still writes, and its end, without an error", async (t) => {
    const { res, body } = await response(t);
    res.on("error", (error) => assert.fail(error));
    res.end();
    mute(res);
    res.write("later");
    await new Promise<void>((done) => res.write("later", () => done()));
    res.end("last");
    assert.equal(await body, "first");
  });

  test("still reports the app's other errors", async (t) => {
    const { res } = await response(t);
    res.end();
    mute(res);
    const failed = once(res, "error");
    res.emit("error", new Error("the app's own"));
    assert.equal((await failed)[0].message, "the app's own");
  });

  test("lets what is piped into it come to rest", async (t) => {
    const { res, body } = await response(t);
    const source = new PassThrough();
    source.pipe(res);
    res.end();
    mute(res);
    source.write("later");
    assert.equal(await body, "first");
    assert.equal(res.writableEnded, true);
  });
});

test("a muted stream writes nothing and can be ended", async () => {
  const written: string[] = [];
  const stream = new Writable({ write: (chunk: Buffer, _encoding, done) => (written.push(String(chunk)), done()) });
  stream.write("heard");
  mute(stream);
  stream.write("not heard");
  stream.end("not heard either");
  await once(stream, "finish");
  assert.deepEqual(written, ["heard"]);
});
