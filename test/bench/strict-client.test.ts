import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer as createHttpServer } from "node:http";
import { createServer, type AddressInfo, type Server, type Socket } from "node:net";
import { test, type TestContext } from "node:test";
import type { Outcome } from "../../bench/load/account.ts";
import { Line } from "../../bench/load/line.ts";
import { strictClient } from "../../bench/load/strict-client.ts";
import { BOUND_MS } from "../support/wait.ts";

const BODY = Buffer.from("Hello, world!\n");
const HEAD = `HTTP/1.1 200 OK\r\nX-Worker: 1\r\nContent-Length: ${BODY.length}\r\n\r\n`;

async function listen(t: TestContext, server: Server): Promise<number> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => server.close());
  return (server.address() as AddressInfo).port;
}

/** Does that with each connection that has sent something. */
function misbehaving(t: TestContext, answer: (socket: Socket) => void): Promise<number> {
  const server = createServer((socket) => {
    t.after(() => socket.destroy());
    socket.on("error", () => {}).once("data", () => answer(socket));
  });
  return listen(t, server);
}

/** A turn of the event loop between them, so that they are read apart. */
function inPieces(socket: Socket, text: string): void {
  socket.setNoDelay(true).write(text.slice(0, 10));
  if (text.length > 10) setImmediate(() => inPieces(socket, text.slice(10)));
}

const cases: readonly [title: string, answer: (socket: Socket) => void, outcome: Outcome, boundMs?: number][] = [
  ["answers as expected", (socket) => socket.write(`${HEAD}${BODY.toString()}`), "right"],
  ["answers in pieces", (socket) => inPieces(socket, `${HEAD}${BODY.toString()}`), "right"],
  ["answers with another body", (socket) => socket.write(`${HEAD}Hello, World!\n`), "wrong"],
  ["answers more than it says", (socket) => socket.write(`${HEAD}${BODY.toString()}!`), "wrong"],
  ["answers with 503", (socket) => socket.write(`${HEAD.replace("200 OK", "503 Busy")}${BODY.toString()}`), "wrong"],
  ["resets the connection", (socket) => socket.resetAndDestroy(), "reset"],
  ["ends without an answer", (socket) => socket.end(), "cut"],
  ["ends within the body", (socket) => socket.end(`${HEAD}Hello`), "cut"],
  ["does not answer", () => {}, "hung", 50],
  ["stalls within the body", (socket) => socket.write(`${HEAD}Hello`), "hung", 50],
];

for (const [title, answer, outcome, boundMs = BOUND_MS] of cases) {
  test(`a server that ${title}: ${outcome}`, async (t) => {
    const line = new Line(await misbehaving(t, answer));
    const ended = await line.ask({ path: "/", expected: BODY, last: false }, boundMs);
    assert.equal(ended.outcome, outcome);
    assert.equal(line.usable, outcome === "right", "only a connection that was answered right is used again");
    line.close();
  });
}

test("a server that does not listen: refused", async (t) => {
  const server = createServer();
  const port = await listen(t, server);
  server.close();
  await once(server, "close");
  const ended = await new Line(port).ask({ path: "/", expected: BODY, last: true }, BOUND_MS);
  assert.equal(ended.outcome, "refused");
});

test("accounts for every request it has sent, by why it was lost", async (t) => {
  let asked = 0;
  const tally = { reset: 0, wrong: 0 };
  const server = createHttpServer((req, res) => {
    asked += 1;
    if (asked % 10 === 3) {
      tally.reset += 1;
      req.socket.resetAndDestroy();
      return;
    }
    res.setHeader("X-Worker", "first");
    if (asked % 10 === 7) {
      tally.wrong += 1;
      res.statusCode = 500;
    }
    if (req.method === "GET") res.end(BODY);
    else req.pipe(res.setHeader("Content-Length", req.headers["content-length"] ?? 0));
  });
  const port = await listen(t, server);
  const client = strictClient({ perSecond: 500, kept: 4, boundMs: BOUND_MS }, port);
  t.after(() => client.abandon());
  const enough = Promise.withResolvers<void>();
  server.on("request", () => {
    if (asked >= 50) enough.resolve();
  });
  assert.notEqual(await client.seen(1, BOUND_MS), null);
  await enough.promise;
  const { sent, outcomes } = await client.stop();
  assert.deepEqual([...client.workers.keys()], ["first"]);
  assert.equal(sent, asked);
  assert.deepEqual(outcomes, {
    right: asked - tally.reset - tally.wrong,
    wrong: tally.wrong,
    refused: 0,
    reset: tally.reset,
    cut: 0,
    hung: 0,
  });
});
