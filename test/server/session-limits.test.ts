import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { judge, type SessionFacts, type Verdict } from "../../src/server/session-limits.ts";

const LIMITS = { keepAlive: 60_000, headers: 15_000 };
const idle: SessionFacts = {
  isGreeted: true,
  streams: 0,
  idleSince: 0,
  isTalking: false,
  askedAt: null,
  toldAt: null,
};

type Row = readonly [title: string, facts: Partial<SessionFacts>, now: number, verdict: Verdict];

const rows: readonly Row[] = [
  ["a fresh session may take its time to greet", { isGreeted: false }, 14_999, "keep"],
  ["one that does not greet is cut", { isGreeted: false }, 15_000, "cut"],
  ["an idle session stays for a while", {}, 59_999, "keep"],
  ["and is then told to go", {}, 60_000, "tell"],
  ["one with a stream is not idle, however long it takes", { streams: 1 }, 1_000_000, "keep"],
  ["one that was told has a moment to close", { toldAt: 60_000 }, 61_999, "keep"],
  ["and is cut if it does not", { toldAt: 60_000 }, 62_000, "cut"],
  ["what a client sends beyond its streams is asked about", { isTalking: true }, 1_000, "ask"],
  ["once", { isTalking: true, askedAt: 1_000 }, 2_000, "keep"],
  ["who cannot answer is in the middle of something, and is cut", { isTalking: true, askedAt: 1_000 }, 16_000, "cut"],
  ["talking makes no session less idle", { isTalking: true }, 60_000, "tell"],
];

suite("a session of HTTP/2", () => {
  for (const [title, facts, now, verdict] of rows) {
    test(title, () => {
      assert.equal(judge({ ...idle, ...facts }, LIMITS, now), verdict);
    });
  }

  test("knows no limit that is 0", () => {
    const none = { keepAlive: 0, headers: 0 };
    for (const facts of [{}, { isGreeted: false }, { isTalking: true, askedAt: 1 }]) {
      assert.equal(judge({ ...idle, ...facts }, none, 1_000_000), "keep");
    }
  });
});
