import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { readServiceEnvironment, takeServiceEnvironment } from "../../../../src/primary/host/systemd/environment.ts";

const PID = 42;
const NOTHING = { notifySocket: null, watchdogUsec: null, sockets: null };

const rows: readonly (readonly [title: string, env: NodeJS.ProcessEnv, read: object])[] = [
  ["nothing without systemd", { PATH: "/bin" }, {}],
  ["nothing of empty variables", { NOTIFY_SOCKET: "", WATCHDOG_USEC: "", LISTEN_FDS: "", LISTEN_PID: "" }, {}],
  ["a notify socket, be it abstract", { NOTIFY_SOCKET: "@a" }, { notifySocket: "@a" }],
  ["a watchdog for anybody", { WATCHDOG_USEC: "5000000" }, { watchdogUsec: 5_000_000 }],
  ["a watchdog for us", { WATCHDOG_USEC: "5", WATCHDOG_PID: "42" }, { watchdogUsec: 5 }],
  ["no watchdog for another", { WATCHDOG_USEC: "5", WATCHDOG_PID: "43" }, {}],
  ["no watchdog without a time", { WATCHDOG_USEC: "soon" }, {}],
  ["sockets", { LISTEN_FDS: "2", LISTEN_PID: "42" }, { sockets: { count: 2, pid: 42, names: [] } }],
  [
    "sockets with names",
    { LISTEN_FDS: "2", LISTEN_PID: "7", LISTEN_FDNAMES: "web:admin" },
    { sockets: { count: 2, pid: 7, names: ["web", "admin"] } },
  ],
  ["no sockets for nobody", { LISTEN_FDS: "2" }, {}],
  ["no sockets of a wrong number", { LISTEN_FDS: "-1", LISTEN_PID: "42" }, {}],
];

suite("reads from the environment", () => {
  for (const [title, env, read] of rows) {
    test(title, () => assert.deepEqual(readServiceEnvironment(env, PID), { ...NOTHING, ...read }));
  }
});

test("takes what is the primary's own out of it, and nothing else", () => {
  const own = { NOTIFY_SOCKET: "/n", WATCHDOG_PID: "1", WATCHDOG_USEC: "2", LISTEN_PID: "3", LISTEN_FDS: "1" };
  const env: NodeJS.ProcessEnv = { ...own, LISTEN_FDNAMES: "a", INVOCATION_ID: "b", PATH: "/bin" };
  takeServiceEnvironment(env, PID);
  assert.deepEqual(env, { INVOCATION_ID: "b", PATH: "/bin" });
});
