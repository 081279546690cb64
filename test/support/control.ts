import assert from "node:assert/strict";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { text } from "node:stream/consumers";
import type { TestContext } from "node:test";
import type { Handle } from "../../src/control/connection.ts";
import { homeOf, openRunFolder, socketOf } from "../../src/control/home.ts";
import { openControl, type ControlServer } from "../../src/control/server.ts";
import type { Failure, Reply, Snapshot, WorkerStatus } from "../../src/protocol/control.ts";
import { temporaryFolder } from "./fixture.ts";
import { within } from "./wait.ts";

/** The path of an app's socket, in a folder of the test's own. */
export async function socketFor(t: TestContext, name = "web"): Promise<string> {
  const home = homeOf({ DROVER_HOME: temporaryFolder(t) });
  await openRunFolder(home);
  return socketOf(home, name);
}

/** A control server that plays a primary. It is closed at the test's end. */
export async function play(t: TestContext, path: string, handle: Handle, silence?: number): Promise<ControlServer> {
  const server = await openControl(path, handle, silence === undefined ? {} : { silence });
  t.after(() => server.close());
  return server;
}

/** A client that knows nothing of the protocol: sends `data`, ends its side, and answers all that comes back. */
export async function exchange(path: string, data: string): Promise<readonly Reply[]> {
  const socket = connect({ path, allowHalfOpen: true });
  await once(socket, "connect");
  socket.end(data);
  return repliesIn(await within(text(socket), "the replies"));
}

export async function open(path: string): Promise<Socket> {
  const socket = connect(path);
  await once(socket, "connect");
  return socket;
}

/** The error of an answer that is nothing else. */
export function failure(replies: readonly Reply[]): Failure {
  const [reply] = replies;
  assert.ok(replies.length === 1 && reply?.type === "failed", JSON.stringify(replies));
  return reply.error;
}

export function repliesIn(answer: string): readonly Reply[] {
  return answer
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as Reply);
}

export const NO_CUTS = {
  workers: 2,
  ms: 1900,
  finished: 12,
  cut: 0,
  webSockets: 0,
  closeCode: 1001,
  eventStreams: 0,
} as const;

export function worker(slot: number, own: Partial<WorkerStatus> = {}): WorkerStatus {
  return {
    slot,
    pid: 4240 + slot,
    generation: 1,
    state: "ready",
    uptimeMs: 60_000,
    restarts: 0,
    recycles: 0,
    rssBytes: 64 * 2 ** 20,
    heapUsedBytes: 20 * 2 ** 20,
    elu: 0.125,
    eventLoopLagMs: 1.5,
    connections: 3,
    inFlight: 1,
    requests: 1234,
    durations: null,
    lastExit: null,
    ...own,
  };
}

export function snapshot(own: Partial<Snapshot> = {}): Snapshot {
  return {
    version: 1,
    name: "web",
    pid: 4240,
    drover: "0.1.0",
    node: "24.21.0",
    entry: "/srv/web/app.js",
    generation: 1,
    state: "running",
    uptimeMs: 3_725_000,
    size: 2,
    restart: "always",
    detached: false,
    logFile: null,
    admin: null,
    listeners: [{ address: "http://localhost:3000", protocol: "http", slot: null, coveredBy: null }],
    store: "sqlite:/home/ada/.drover/state/web/store.db",
    degraded: [],
    certificates: [],
    workers: [worker(1), worker(2)],
    reload: null,
    lastReload: null,
    lastCrash: null,
    ...own,
  };
}
