import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { cpuOfProcess } from "../tree.ts";
import type { Done, Phase, Plan } from "./plan.ts";
import { startRedisServer } from "./redis-server.ts";
import { ROWS } from "./rows.ts";

/** All of a run but what follows from it. */
export type Task = Omit<Plan, "url" | "process">;

/** One figure each of one run of one row. */
export interface Figures {
  readonly operationsPerCpuSecond: number;
  readonly operationsPerSecond: number;
  /** Of the processes that use the store, per operation, in µs. */
  readonly clientMicros: number;
  /** Of redis-server; 0 where there is none. */
  readonly serverMicros: number;
  /** The longest stall of an event loop while it was measured, of all processes, in milliseconds. */
  readonly worstStall: number;
  /** Operations that the store could not do. */
  readonly failed: number;
}

interface Place {
  readonly url: string;
  /** Of the process whose CPU time counts too. */
  readonly server: number | null;
  readonly leave: () => Promise<void>;
}

/** A store of its own for each run, empty. @param folder Where files go */
async function openPlace(server: "redis" | "none", folder: string): Promise<Place> {
  if (server === "redis") {
    const redis = await startRedisServer();
    return { url: redis.url, server: redis.pid, leave: () => redis.stop() };
  }
  const own = mkdtempSync(join(folder, "drover-bench-"));
  const leave = async (): Promise<void> => rmSync(own, { recursive: true });
  return { url: `sqlite:${join(own, "store.db")}`, server: null, leave };
}

export async function runOnce(task: Task, folder: string): Promise<Figures> {
  const place = await openPlace(ROWS[task.row].server, folder);
  const clients = Array.from({ length: task.processes }, (_, index) =>
    start({ ...task, url: place.url, process: index }),
  );
  try {
    await all(clients, "fill");
    await all(clients, "warmUp");
    return await measure(clients, place.server);
  } finally {
    await Promise.all(clients.map(end));
    await place.leave();
  }
}

async function measure(clients: readonly ChildProcess[], server: number | null): Promise<Figures> {
  const cpu = (): readonly number[] => [...clients.map(({ pid }) => pid ?? 0), server ?? 0].map(cpuOfProcess);
  const before = cpu();
  const started = performance.now();
  const done = await all(clients, "measure");
  const seconds = (performance.now() - started) / 1000;
  const spent = cpu().map((micros, index) => micros - (before[index] ?? 0));
  const operations = done.reduce((sum, { operations }) => sum + operations, 0);
  const serverMicros = spent.pop() ?? 0;
  const clientMicros = spent.reduce((sum, micros) => sum + micros, 0);
  return {
    operationsPerCpuSecond: (operations / (clientMicros + serverMicros)) * 1e6,
    operationsPerSecond: operations / seconds,
    clientMicros: clientMicros / operations,
    serverMicros: serverMicros / operations,
    worstStall: Math.max(...done.map(({ stall }) => stall)),
    failed: done.reduce((sum, { failed }) => sum + failed, 0),
  };
}

function start(plan: Plan): ChildProcess {
  return fork(join(import.meta.dirname, "client.ts"), [JSON.stringify(plan)], {
    env: { ...process.env, NODE_ENV: "production" },
  });
}

/** All do it at once. */
function all(clients: readonly ChildProcess[], phase: Phase): Promise<readonly Done[]> {
  return Promise.all(clients.map((client) => tell(client, phase)));
}

function tell(client: ChildProcess, phase: Phase): Promise<Done> {
  return new Promise((resolve, reject) => {
    client.once("message", resolve as (message: unknown) => void);
    client.once("exit", (code) => reject(new Error(`a process ended with ${code} while it was to ${phase}`)));
    client.send(phase);
  });
}

async function end(client: ChildProcess): Promise<void> {
  if (client.exitCode !== null || client.signalCode !== null) return;
  const gone = once(client, "exit");
  if (client.connected) client.disconnect();
  else client.kill();
  await gone;
}
