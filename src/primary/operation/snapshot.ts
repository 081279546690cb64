import { showAddress } from "../../protocol/address.ts";
import type { ListenerStatus, Snapshot, WorkerBrief, WorkerStatus } from "../../protocol/control.ts";
import { VERSION } from "../../version.ts";
import type { Primary } from "../primary.ts";
import type { Listener } from "../sockets/listeners.ts";
import type { Member } from "../workers/crew.ts";

/** What only the process around the primary knows. */
export interface Surroundings {
  readonly detached: boolean;
  readonly logFile: string | null;
  readonly admin: string | null;
}

/** Everything there is to show, with the workers' own figures. */
export async function takeSnapshot(primary: Primary, surroundings: Surroundings): Promise<Snapshot> {
  const workers = await Promise.all(primary.crew.all().map((member) => statusOf(primary, member)));
  const { supervisor, generations, listeners, reloads, world, startedAt } = primary;
  const { generation, size } = supervisor.fleet;
  const { resolved, launch } = generations.get(generation);
  const { name, entry, restart } = resolved.config;
  return {
    version: 1,
    name,
    pid: process.pid,
    drover: VERSION,
    node: process.versions.node,
    entry,
    generation,
    state: stateOf(primary),
    uptimeMs: Math.round(world.clock.now() - startedAt),
    size,
    restart,
    ...surroundings,
    listeners: listeners.all().map((listener) => statusOfListener(primary, listener)),
    store: launch.store.shown,
    degraded: primary.troubles.all(),
    certificates: primary.tls.status(generation),
    workers,
    reload: reloads.current(),
    lastReload: reloads.last,
    lastCrash: primary.crashes.last,
  };
}

function statusOfListener({ crew }: Primary, { address, protocol, own, coveredBy }: Listener): ListenerStatus {
  const sibling = coveredBy === null ? undefined : crew.get(coveredBy)?.handle.slot;
  return { address: showAddress(address), protocol, slot: own?.slot ?? null, coveredBy: sibling ?? null };
}

/** The workers as the primary knows them, without asking anybody. */
export function brief({ supervisor, crew }: Primary): readonly WorkerBrief[] {
  const states = new Map(supervisor.fleet.workers.map((worker) => [worker.id, worker.state]));
  return crew.all().map(({ handle: { id, slot, pid, generation } }) => {
    return { slot, pid, generation, state: states.get(id) ?? "starting" };
  });
}

function stateOf({ supervisor: { fleet }, announced, withdrawn, stopping }: Primary): Snapshot["state"] {
  if (stopping) return "stopping";
  if (withdrawn || fleet.phase === "lameduck") return "lameduck";
  if (!announced) return "starting";
  return fleet.reload && fleet.reload.phase !== "tail" ? "reloading" : "running";
}

async function statusOf(primary: Primary, member: Member): Promise<WorkerStatus> {
  const { id, slot, pid, generation } = member.handle;
  const figures = await primary.figures.ask(member.handle);
  const state = primary.supervisor.fleet.workers.find((worker) => worker.id === id)?.state ?? "draining";
  const uptimeMs = Math.round(primary.world.clock.now() - member.forkedAt);
  const { restarts, recycles, lastExit } = primary.slots.get(slot);
  const { rssBytes = null, heapUsedBytes = null, elu = null, eventLoopLagMs = null } = figures ?? {};
  const { connections = null, inFlight = null, requests = null, durations = null } = figures ?? {};
  const own = { rssBytes, heapUsedBytes, elu, eventLoopLagMs, connections, inFlight, requests, durations };
  return { slot, pid, generation, state, uptimeMs, restarts, recycles, ...own, lastExit };
}
