import { once } from "node:events";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { openSessionStore } from "./open.ts";
import type { Done, Phase, Plan } from "./plan.ts";
import { idOf, newSession } from "./sessions.ts";
import { drive, type Driven, type SessionStore } from "./workloads.ts";

/** One of the processes of a run: an app without its HTTP, so that all that is measured is the store. */
const STALL_RESOLUTION_MS = 2;

const plan = JSON.parse(process.argv[2] ?? "") as Plan;
const store = await openSessionStore(plan.row, plan.url);
const ids = Array.from({ length: plan.sessions }, (_, index) => idOf(index));

/** Each process fills its share. */
async function fill(): Promise<Driven> {
  const mine = ids.map((id, index) => ({ id, index })).filter(({ index }) => index % plan.processes === plan.process);
  for (let from = 0; from < mine.length; from += plan.inFlight)
    await Promise.all(mine.slice(from, from + plan.inFlight).map(({ id, index }) => setSurely(store, id, index)));
  return { operations: mine.length, failed: 0 };
}

async function setSurely(store: SessionStore, id: string, index: number): Promise<void> {
  while (!(await set(store, id, index)));
}

function set(store: SessionStore, id: string, index: number): Promise<boolean> {
  return new Promise((resolve) => {
    store.set(id, newSession(index), (error) => resolve(!error));
  });
}

function nextId(): string {
  return ids[Math.floor(Math.random() * ids.length)] ?? "";
}

function serve(requests: number): Promise<Driven> {
  return drive({ store, workload: plan.workload, requests, inFlight: plan.inFlight, nextId });
}

const WORK: Readonly<Record<Phase, () => Promise<Driven>>> = {
  fill,
  warmUp: () => serve(plan.warmUp),
  measure: () => serve(plan.requests),
};

async function perform(phase: Phase): Promise<Done> {
  const delays = monitorEventLoopDelay({ resolution: STALL_RESOLUTION_MS });
  delays.enable();
  const driven = await WORK[phase]();
  delays.disable();
  return { ...driven, stall: delays.max / 1e6 };
}

async function obey(phase: Phase): Promise<void> {
  process.send?.(await perform(phase));
}

process.on("message", (phase: Phase) => void obey(phase));
await once(process, "disconnect");
process.exit();
