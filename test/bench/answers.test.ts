import assert from "node:assert/strict";
import { test } from "node:test";
import { bytesReader, httpReaders, type Verdict } from "../../bench/load/answers.ts";
import { dueOf, sinceOf } from "../../bench/load/clock.ts";

const answer = (body: string, head = ""): string =>
  `HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n${head}\r\n${body}`;

/** What a load that expects "hello" says of the pieces that come in on one connection. */
function verdictsOf(...pieces: string[]): Verdict[] {
  const read = httpReaders("hello")();
  return pieces.map((piece) => read(Buffer.from(piece)));
}

test("an answer is right whole, in pieces and in chunks", () => {
  assert.deepEqual(verdictsOf(answer("hello"), answer("hello")), ["right", "right"]);
  assert.deepEqual(verdictsOf("HTTP/1.1 200 OK\r\nContent-Le", "ngth: 5\r\n\r\nhel", "lo"), ["part", "part", "right"]);
  const chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n";
  assert.deepEqual(verdictsOf(chunked, "3\r\nllo\r\n0\r\n\r\n"), ["part", "right"]);
});

test("an answer whose connection closes is the last", () => {
  assert.deepEqual(verdictsOf(answer("hello", "Connection: close\r\n")), ["last"]);
});

test("another status, body or length is wrong, also after a right answer", () => {
  const right = answer("hello");
  assert.deepEqual(verdictsOf(right, right.replace("200 OK", "502 No")), ["right", "wrong"]);
  assert.deepEqual(verdictsOf(right, answer("holla")), ["right", "wrong"]);
  assert.deepEqual(verdictsOf(right, `${right}!`), ["right", "wrong"]);
});

test("an answer is as long as was expected", () => {
  const read = httpReaders(5)();
  assert.deepEqual(
    [answer("12345"), answer("1234")].map((text) => read(Buffer.from(text))),
    ["right", "wrong"],
  );
});

test("a message is the bytes that were expected", () => {
  const read = bytesReader(Buffer.from("echo"));
  assert.deepEqual(
    ["echo", "ec", "ho", "ohce"].map((text) => read(Buffer.from(text))),
    ["right", "part", "right", "wrong"],
  );
});

test("with a rate a request waits since it was due, not since there was a place for it", () => {
  const plan = { mode: "keep-alive", requests: 100, connections: 1, answer: "", rate: 10 } as const;
  assert.equal(dueOf(plan, 1000), 11);
  assert.equal(dueOf(plan, 60_000), 100);
  assert.equal(sinceOf(plan, 5000)(10, 9000), 6002);
  assert.equal(sinceOf(plan, 5000)(10, 6001), 6001);
});
