import assert from "node:assert/strict";
import { once } from "node:events";
import { Duplex, type Writable } from "node:stream";
import { suite, test } from "node:test";
import { setImmediate as nextTurn } from "node:timers/promises";
import { WebSocketConnection } from "../../../src/worker/leaving/web-socket-connection.ts";

const HEAD = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n";
const HELLO = "\x82\x05hello";
const GOODBYE = "\x88\x02\x03\xf4";
const APPS_OWN = "\x88\x02\x03\xe8";

/** A socket that keeps what reaches it, and the connection on it. */
function connection(): { socket: Duplex; written: () => string; told: () => number; subject: WebSocketConnection } {
  const parts: Buffer[] = [];
  let told = 0;
  const socket = new Duplex({
    read: () => undefined,
    write: (chunk: Buffer, _encoding, done) => (parts.push(chunk), done()),
    writev: (chunks, done) => (parts.push(...chunks.map(({ chunk }) => chunk as Buffer)), done()),
  });
  const subject = new WebSocketConnection("/chat", socket, () => (told += 1));
  return { socket, written: () => Buffer.concat(parts).toString("latin1"), told: () => told, subject };
}

function write(stream: Writable, ...pieces: readonly string[]): void {
  for (const piece of pieces) stream.write(piece, "latin1");
}

type Row = readonly [
  title: string,
  before: readonly string[],
  after: readonly string[],
  expected: string,
  wasTold: boolean,
];
const rows: readonly Row[] = [
  ["comes at once between two frames", [HEAD, HELLO], [], HEAD + HELLO + GOODBYE, true],
  ["comes at once after the handshake", [HEAD], [], HEAD + GOODBYE, true],
  ["waits for the handshake", [], [HEAD], HEAD + GOODBYE, true],
  ["waits for the end of a handshake", [HEAD.slice(0, 20)], [HEAD.slice(20)], HEAD + GOODBYE, true],
  ["waits for the end of a frame", [HEAD, "\x82"], ["\x05hel", "lo"], HEAD + HELLO + GOODBYE, true],
  ["cuts a write in which the frame ends", [HEAD, "\x82"], ["\x05hello\x82\x05he"], HEAD + HELLO + GOODBYE, true],
  ["drops the frames that follow it", [HEAD], [HELLO, HELLO], HEAD + GOODBYE, true],
  ["comes instead of the app's own that follows", [HEAD], [APPS_OWN], HEAD + GOODBYE, true],
  [
    "comes between two writes of a message in parts",
    [HEAD, "\x02\x01a"],
    ["\x80\x01b"],
    `${HEAD}\x02\x01a${GOODBYE}`,
    true,
  ],
  ["is not said where the app has said its own", [HEAD, APPS_OWN], [], HEAD + APPS_OWN, false],
  ["is not said where the app ends its own", [HEAD, APPS_OWN.slice(0, 3)], [APPS_OWN.slice(3)], HEAD + APPS_OWN, false],
  [
    "is not said where the app refuses the upgrade",
    ["HTTP/1.1 401 Unauthorized\r\n\r\n"],
    [],
    "HTTP/1.1 401 Unauthorized\r\n\r\n",
    false,
  ],
];

suite("the close frame", () => {
  for (const [title, before, after, expected, wasTold] of rows) {
    test(title, async () => {
      const { socket, written, told, subject } = connection();
      write(socket, ...before);
      subject.sayGoodbye(1012);
      write(socket, ...after);
      await nextTurn();
      assert.equal(written(), expected);
      assert.equal(told(), Number(wasTold));
    });
  }

  test("finds its place in writes that are held back together", () => {
    const { socket, written, subject } = connection();
    write(socket, HEAD);
    socket.cork();
    write(socket, "\x82\x05");
    subject.sayGoodbye(1012);
    write(socket, "hello", HELLO);
    socket.uncork();
    assert.equal(written(), HEAD + HELLO + GOODBYE);
  });

  test("reads text as it is encoded", () => {
    const { socket, written, subject } = connection();
    write(socket, HEAD);
    // Five characters, six bytes: as ws writes a text frame, the header by itself.
    socket.write(Buffer.from([0x81, 6]));
    subject.sayGoodbye(1012);
    socket.write("héllo");
    assert.equal(written(), `${HEAD}\x81\x06${Buffer.from("héllo").toString("latin1")}${GOODBYE}`);
  });
});

suite("after the close frame", () => {
  test("a write is called back, and the socket can be ended", async () => {
    const { socket, written, subject } = connection();
    write(socket, HEAD);
    subject.sayGoodbye(1012);
    await new Promise<void>((done) => socket.write(HELLO, "latin1", () => done()));
    const finished = once(socket, "finish");
    await new Promise<void>((done) => socket.end(APPS_OWN, "latin1", done));
    await finished;
    assert.equal(written(), HEAD + GOODBYE);
  });

  test("a writer that goes on while there is room stops", () => {
    const { socket, subject } = connection();
    write(socket, HEAD);
    subject.sayGoodbye(1012);
    assert.equal(socket.write(HELLO), false);
  });
});

suite("a client counts as told", () => {
  test("when its close frame may be written, not when it was to be", async () => {
    const { socket, subject } = connection();
    write(socket, HEAD, "\x82\x05he");
    subject.sayGoodbye(1012);
    await nextTurn();
    assert.equal(subject.toldAt, null);
    write(socket, "llo");
    await nextTurn();
    assert.notEqual(subject.toldAt, null);
  });

  test("when it has taken what comes before its close frame", async () => {
    const waiting: (() => void)[] = [];
    const slow = new Duplex({ read: () => undefined, write: (_chunk, _encoding, done) => void waiting.push(done) });
    let told = 0;
    const subject = new WebSocketConnection("/chat", slow, () => (told += 1));
    write(slow, HEAD, HELLO);
    subject.sayGoodbye(1012);
    await nextTurn();
    assert.deepEqual([told, subject.toldAt], [0, null]);
    while (waiting.length > 0) waiting.shift()?.();
    await nextTurn();
    assert.equal(told, 1);
  });

  test("never when its connection has gone", async () => {
    const { socket, told, subject } = connection();
    write(socket, HEAD);
    socket.destroy();
    subject.sayGoodbye(1012);
    await nextTurn();
    assert.equal(told(), 0);
  });
});
