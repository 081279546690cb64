import assert from "node:assert/strict";
import { test } from "node:test";
import { notesOfApp, notesOfMachine, type Surroundings } from "../../../src/primary/noticed/notes.ts";
import type { Sight } from "../../../src/protocol/notes.ts";

const session = { name: "memory-session", what: "express-session", count: 1 } as const;
const limiter = { name: "memory-rate-limit", what: "express-rate-limit", count: 2 } as const;
const nodeCron = { name: "cron-job", what: "node-cron", count: 1 } as const;
const interval = { name: "interval", what: "server.js:12", count: 1, everyMs: 60_000 } as const;
const socketIo = { name: "socket-io", what: "socket.io", count: 1 } as const;

const APP: readonly (readonly [string, readonly Sight[], string, string])[] = [
  [
    "a session store in memory",
    [session],
    "express-session keeps sessions in memory: none of 4 workers knows those of the others, and a reload forgets them all",
    "createStore of drover/session/express lets all share them",
  ],
  [
    "a rate limit in memory",
    [limiter],
    "express-rate-limit counts in memory: with 4 workers up to 4 times the limit passes",
    "createStore of drover/rate-limit lets all count together",
  ],
  [
    "rate limits for which Drover has no store",
    [limiter, { ...limiter, what: "rate-limiter-flexible" }],
    "express-rate-limit and rate-limiter-flexible count in memory: with 4 workers up to 4 times the limit passes",
    "give it a store that all share, such as Redis",
  ],
  [
    "one job",
    [nodeCron],
    "1 job of node-cron runs in each of 4 workers",
    "put it into a file for --primary-module, or begin it only where cluster.worker.id is 1",
  ],
  [
    "jobs of several packages",
    [nodeCron, { ...nodeCron, what: "cron", count: 2 }],
    "1 job of node-cron and 2 jobs of cron run in each of 4 workers",
    "put them into a file for --primary-module, or begin them only where cluster.worker.id is 1",
  ],
  [
    "an interval",
    [interval],
    "server.js:12 runs something every 60 s, in each of 4 workers",
    "if only one worker should do that: put it into a file for --primary-module, or begin it only where cluster.worker.id is 1",
  ],
  [
    "more intervals than a line has room for",
    [10_000, 300_000, 7_200_000, 86_400_000].map((everyMs) => ({ ...interval, everyMs })),
    "server.js:12 runs something every 10 s, server.js:12 runs something every 5 min, server.js:12 runs something every 2 h and 1 more, in each of 4 workers",
    "if only one worker should do that: put them into a file for --primary-module, or begin them only where cluster.worker.id is 1",
  ],
  [
    "Socket.IO without an adapter",
    [socketIo],
    "Socket.IO has its in-memory adapter: what one of 4 workers emits reaches its own clients alone, and HTTP long-polling fails when a client's requests come to several",
    'use an adapter such as @socket.io/redis-adapter, and transports: ["websocket"] or a proxy that is sticky (--per-slot)',
  ],
];

for (const [title, sights, text, fix] of APP)
  test(`says what ${title} leads to, and what to do`, () => {
    assert.deepEqual(notesOfApp(sights, 4), [{ name: sights[0]?.name, text, fix }]);
  });

test("makes one note of each name", () => {
  const names = notesOfApp([session, interval, { ...interval, what: "jobs.js:1" }, nodeCron], 2).map(
    ({ name }) => name,
  );
  assert.deepEqual(names, ["memory-session", "interval", "cron-job"]);
});

const FINE: Surroundings = { workers: 2, cpus: 2, openFiles: 65_536, nodeEnv: "production", watch: false };

const MACHINE: readonly (readonly [string, Partial<Surroundings>, readonly string[]])[] = [
  ["nothing of a machine that is as it should be", {}, []],
  ["a NODE_ENV that is not production", { nodeEnv: "development" }, ["node-env"]],
  ["nothing of NODE_ENV while files are watched", { nodeEnv: "development", watch: true }, []],
  ["more workers than CPUs", { workers: 3 }, ["cpus"]],
  ["nothing of one worker on less than a CPU", { workers: 1, cpus: 0 }, []],
  ["a low limit of open files", { openFiles: 1024 }, ["open-files"]],
  ["nothing of a limit that cannot be told", { openFiles: null }, []],
];

for (const [title, some, names] of MACHINE)
  test(`notices ${title}`, () => {
    assert.deepEqual(
      notesOfMachine({ ...FINE, ...some }).map(({ name }) => name),
      names,
    );
  });

test("says how NODE_ENV is", () => {
  const [note] = notesOfMachine({ ...FINE, nodeEnv: "staging" });
  assert.equal(note?.text.split(":")[0], "NODE_ENV is staging");
});
