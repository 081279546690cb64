import assert from "node:assert/strict";
import { test } from "node:test";
import { isAnswer, isMistake, reasonFor } from "../../../src/store/redis/reason.ts";

const code = (code: string): Error => Object.assign(new Error(`connect ${code}`), { code });

const ANSWERS: readonly (readonly [answer: string, reason: RegExp])[] = [
  ["LOADING Redis is loading the dataset in memory", /loading its data/],
  ["MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'.", /lost its master/],
  ["READONLY You can't write against a read only replica.", /replica, which takes no writes/],
  ["OOM command not allowed when used memory > 'maxmemory'.", /out of memory/],
  ["ERR Error running script: @user_script:3: OOM command not allowed", /out of memory/],
  ["MISCONF Redis is configured to save RDB snapshots, but", /cannot save/],
  ["NOAUTH Authentication required.", /wants a password/],
  ["WRONGPASS invalid username-password pair or user is disabled.", /refuses the user or the password/],
  ["NOPERM this user has no permissions to run the 'set' command", /does not permit/],
  ["MOVED 3999 127.0.0.1:6381", /node of a cluster/],
  ["ERR max number of clients reached", /too many connections/],
  ["ERR something new", /^ERR something new$/],
  ["ERR unknown command 'AUTH', with args beginning with: 'ada' 's3cret' ", /^ERR unknown command 'AUTH'$/],
  ["ERR unknown command `SET`, with args beginning with: `s:1`, `{}`, ", /^ERR unknown command `SET`$/],
  ["ERR not permitted here: s3cret", /^ERR not permitted here$/],
];

for (const [answer, reason] of ANSWERS)
  test(`${answer.slice(0, 20)}… is told in words`, () => {
    assert.ok(isAnswer(new Error(answer)));
    assert.ok(!isMistake(new Error(answer)));
    assert.match(reasonFor(new Error(answer)), reason);
  });

test("the end of a connection is no answer, and is told in words", () => {
  for (const error of [code("ECONNREFUSED"), code("ECONNRESET"), new Error("Socket closed unexpectedly")])
    assert.ok(!isAnswer(error), error.message);
  assert.equal(reasonFor(code("ECONNREFUSED")), "connection refused");
  // Of a name with several addresses, none of which answers.
  assert.equal(reasonFor(Object.assign(new AggregateError([]), { code: "ECONNREFUSED" })), "connection refused");
  assert.equal(reasonFor(Object.assign(new Error(""), { code: "ENEW" })), "ENEW");
  class TimeoutError extends Error {}
  assert.equal(reasonFor(new TimeoutError()), "TimeoutError");
});

test("a command that can never be done says nothing about the server", () => {
  assert.ok(isMistake(new Error("WRONGTYPE Operation against a key holding the wrong kind of value")));
  assert.ok(isMistake(new Error("ERR value is not an integer or out of range")));
});
