import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type AddressInfo, type Socket } from "node:net";
import { test, type TestContext } from "node:test";
import type { Ended } from "../../src/prove/account.ts";
import { newVisitor } from "../../src/prove/exchange.ts";
import type { Target } from "../../src/prove/targets.ts";
import { BOUND_MS } from "../support/wait.ts";

/** Does that with each connection that has sent something, and counts connections. */
async function serve(t: TestContext, answer: (socket: Socket) => void) {
  const server = createServer((socket) => {
    seen.connections += 1;
    t.after(() => socket.destroy());
    socket.on("error", () => {}).on("data", () => answer(socket));
  });
  const seen = { connections: 0 };
  t.after(() => server.close());
  await once(server.listen(0, "127.0.0.1"), "listening");
  const { port } = server.address() as AddressInfo;
  return { target: targetOf(port), seen, server };
}

function targetOf(port: number): Target {
  return { shown: "", secure: false, place: { host: "127.0.0.1", port }, name: "localhost" };
}

const HEAD = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n";
const CHUNKED = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n";

const rows: readonly [
  title: string,
  answer: (socket: Socket) => void,
  end: Ended["status" | "cause"],
  boundMs?: number,
][] = [
  ["answers", (socket) => socket.write(`${HEAD}hello`), 200],
  ["answers 404", (socket) => socket.write("HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n"), 404],
  ["answers in chunks", (socket) => socket.write(`${CHUNKED}0\r\n\r\n`), 200],
  ["ends its answer with the connection", (socket) => socket.end("HTTP/1.1 200 OK\r\n\r\nhello"), 200],
  ["resets the connection", (socket) => socket.resetAndDestroy(), "reset"],
  ["ends without an answer", (socket) => socket.end(), "reset"],
  ["ends within the body", (socket) => socket.end(`${HEAD}hel`), "truncated"],
  ["ends between chunks", (socket) => socket.end(CHUNKED), "truncated"],
  ["resets within the body", (socket) => socket.write(`${HEAD}hel`, () => socket.resetAndDestroy()), "truncated"],
  ["answers what is no HTTP", (socket) => socket.end("hello\r\n\r\n"), "garbled"],
  ["does not answer", () => {}, "hung", 50],
  ["stalls within the body", (socket) => socket.write(`${HEAD}hel`), "hung", 50],
];

for (const [title, answer, end, boundMs = BOUND_MS] of rows) {
  test(`a server that ${title}: ${end}`, async (t) => {
    const { target } = await serve(t, answer);
    const visitor = newVisitor(target, "/", false, () => 7);
    const { status, cause, sentAt, endedAt } = await visitor.ask(boundMs);
    assert.deepEqual([cause ?? status, sentAt, endedAt], [end, 7, 7]);
  });
}

test("a server that does not listen: refused", async (t) => {
  const { target, server } = await serve(t, () => {});
  await new Promise((resolve) => server.close(resolve));
  assert.equal((await newVisitor(target, "/", true, () => 0).ask(BOUND_MS)).cause, "refused");
});

test("a visitor keeps its connection or has a new one for each request, and never asks twice for one answer", async (t) => {
  let asked = 0;
  const { target, seen } = await serve(t, (socket) => {
    asked += 1;
    if (asked % 3 === 0) socket.destroy();
    else socket.write(`${HEAD}hello`);
  });
  const ask = async (keeps: boolean): Promise<readonly (number | string | null)[]> => {
    const visitor = newVisitor(target, "/", keeps, () => 0);
    const ends = [await visitor.ask(BOUND_MS), await visitor.ask(BOUND_MS), await visitor.ask(BOUND_MS)];
    visitor.leave();
    return ends.map(({ status, cause }) => cause ?? status);
  };
  assert.deepEqual(await ask(true), [200, 200, "reset"]);
  assert.deepEqual([asked, seen.connections], [3, 1]);
  assert.deepEqual(await ask(false), [200, 200, "reset"]);
  assert.deepEqual([asked, seen.connections], [6, 4]);
});
