import { AppError } from "../errors.ts";
import type { Action, KillReason, Outcome } from "../policy/fleet.ts";
import type { ToWorker } from "../protocol/ipc.ts";
import { servableByStandIn, StandIn } from "./beside/stand-in.ts";
import { hear } from "./hear.ts";
import { Tally } from "./operation/ledger.ts";
import { lastLines } from "./output/last-lines.ts";
import { ROLLED_BACK, STOPPED } from "./output/narrator.ts";
import type { Primary } from "./primary.ts";
import { bootError } from "./workers/boot-error.ts";
import type { Member } from "./workers/crew.ts";
import { withHeap } from "./workers/heap.ts";
import { sayDelay, workerExited } from "./workers/worker-exit.ts";
import { WorkerHandle } from "./workers/worker-handle.ts";

/** Does what the plan says. Each action ends in an event, now or when the worker answers, so that the next plan knows of it. */
export function perform(primary: Primary, action: Action): void {
  switch (action.type) {
    case "fork":
      return fork(primary, action.slot, action.generation);
    case "drain":
      return drain(primary, action.worker, action.mode);
    case "kill":
      return kill(primary, action.worker, action.reason);
    case "begin-stop":
      primary.supervisor.post({ type: "stop", now: false });
      return primary.drains("the lameduck time is over", false);
    case "prove":
      return primary.supervisor.post({ type: "proved" });
    case "end-reload":
      primary.reloads.end(action.outcome);
      return primary.supervisor.post({ type: "reload-ended" });
    case "close-listeners":
      primary.rescue.giveUp();
      closeListeners(primary);
      return primary.supervisor.post({ type: "listeners-closed" });
    case "start-stand-in":
      return startStandIn(primary);
    case "stop-stand-in":
      primary.standIn?.stop();
      return primary.supervisor.post({ type: "stand-in", running: false });
    case "finish":
      return finish(primary, action.outcome);
  }
}

function fork(primary: Primary, slot: number, generation: number): void {
  const { crew, generations, listeners, supervisor, world } = primary;
  const { launch } = generations.get(generation);
  const id = crew.nextId();
  const handle = attempt(
    () => new WorkerHandle(id, slot, generation, withHeap(launch, supervisor.fleet.size), listeners.grantAll(id, slot)),
  );
  if (handle instanceof Error) return forkFailed(primary, { id, slot, generation }, handle);
  const member = crew.add(handle, launch, world.clock.now());
  handle.listen({
    message: (message, connection) => hear(primary, member, message, connection),
    appMessage: (message) => world.onAppMessage(message, slot),
    disconnect: () => channelLost(primary, id),
    exit: (exit) => workerExited(primary, member, exit),
  });
  // Making the first keys takes a while: not before the other workers are forked.
  if (generations.get(generation).tls) setImmediate(() => primary.tls.tell(handle));
  member.lines = lastLines(handle);
  world.carry(handle);
  primary.recycling.forked(slot);
  primary.narrator.forked(member);
  primary.supervisor.post({ type: "forked", worker: handle.id, slot, generation });
}

/** Node throws some failures of spawn and reports others by event; either way it is one more worker that did not get ready. */
function forkFailed(
  primary: Primary,
  { id, slot, generation }: { id: number; slot: number; generation: number },
  error: Error,
): void {
  const { generations } = primary;
  primary.listeners.forget(id);
  primary.lastBootError = { name: error.name, message: `the worker could not be started: ${error.message}`, stack: "" };
  primary.narrator.forkFailed(slot, error);
  primary.supervisor.post({ type: "forked", worker: id, slot, generation });
  primary.died(generation, null, () =>
    bootError(primary.lastBootError, null, generations.get(generation).resolved.config),
  );
  primary.supervisor.post({ type: "exited", worker: id, verdict: "failed" });
  sayDelay(primary, slot);
}

function attempt<T>(make: () => T): T | Error {
  try {
    return make();
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

/** A worker that has closed its channel but lives on (`process.disconnect()` in the app) cannot be led any more: it leaves. */
function channelLost(primary: Primary, id: number): void {
  primary.rescue.lost(id);
  primary.metrics?.gone(id);
  primary.world.clock.after(EXIT_FOLLOWS, () => {
    if (primary.crew.get(id)) primary.retired(id, "crashed");
  });
}

/** A worker that dies closes its channel, too, about when its exit is reported. Milliseconds. */
const EXIT_FOLLOWS = 1_000;

type DrainOrder = Extract<ToWorker, { readonly type: "drain" }>;

function drain(primary: Primary, id: number, mode: "stop" | "leave"): void {
  const member = primary.crew.get(id);
  if (member) primary.narrator.draining(member);
  primary.recycling.leaves(id);
  member?.handle.send({ type: "drain", ...manner(primary, id, mode) });
  primary.retired(id, "told");
}

/** Where another primary serves on, its workers take what comes. */
function manner(primary: Primary, id: number, mode: "stop" | "leave"): Pick<DrainOrder, "mode" | "except"> {
  if (primary.survivor) return { mode: "leave", except: primary.survivor.outgrown };
  return { mode, except: mode === "stop" ? [...primary.listeners.lasting] : releaseOutgrown(primary, id) };
}

function closeListeners({ survivor, listeners }: Primary): void {
  if (survivor) listeners.bequeath();
  else listeners.closeAll();
}

/**
 * Gives up the addresses that the new generation does not listen on, and answers which. Our copy goes before their last worker, so that newcomers are
 * refused and do not wait for nobody.
 */
function releaseOutgrown({ listeners, supervisor: { fleet } }: Primary, leaving: number): readonly string[] {
  if (fleet.reload?.how !== "rolling") return [];
  const staying = fleet.workers.filter(({ id, state }) => state !== "draining" && id !== leaving).map(({ id }) => id);
  const keys = listeners.outgrown(leaving, staying).map(({ key }) => key);
  for (const key of keys) listeners.release(key);
  return keys;
}

function kill(primary: Primary, id: number, reason: KillReason): void {
  const member = primary.crew.get(id);
  if (member) {
    member.killReason = explainKill(primary, member, reason);
    member.handle.kill();
    if (primary.leaving) primary.killed += 1;
  }
  primary.supervisor.post({ type: "killed", worker: id });
}

function explainKill({ supervisor: { limits } }: Primary, { notReady, hang }: Member, reason: KillReason): string {
  switch (reason) {
    case "hang":
      return `killed: it hung${hang?.where ? ` at ${hang.where}` : ""}${hang?.unknown ? ` (${hang.unknown})` : ""}`;
    case "boot-timeout":
      return `not ready ${limits.bootTimeout / 1000} s after its start, so it was killed${notReady ? `: ${notReady}` : ""}`;
    case "drain-timeout":
      return `killed: still had work ${limits.drainTimeout / 1000} s after it was told to leave`;
    case "rolled-back":
      return ROLLED_BACK;
    case "stop":
      return STOPPED;
  }
}

function startStandIn(primary: Primary): void {
  primary.supervisor.post({ type: "stand-in", running: true });
  const listeners = servableByStandIn(primary.listeners.spoken());
  if (listeners.length === 0) return;
  const generation = primary.generations.get(primary.supervisor.fleet.generation);
  const { tls, http2 } = generation.launch.boot;
  const speech = { tls, http2, state: primary.tls.stateFor(generation) };
  primary.tls.follow(() => primary.standIn?.share(primary.tls.stateFor(generation)));
  primary.standIn = new StandIn(listeners, speech, primary.world.log, {
    running: (running) => primary.narrator.standIn(running),
    died: () => primary.supervisor.post({ type: "stand-in", running: false }),
  });
}

function finish(primary: Primary, outcome: Outcome): void {
  if (primary.over) return;
  primary.over = true;
  closeListeners(primary);
  primary.tls.close();
  const { supervisor, generations, lastBootError, refused, firstReady, narrator, world } = primary;
  const neverUp = outcome !== "stopped" && !supervisor.fleet.everReady;
  const { config } = generations.get(supervisor.fleet.generation).resolved;
  const error = neverUp ? bootError(lastBootError, refused, config) : null;
  firstReady.reject(error ?? new AppError("APP_BOOT_FAILED", "stopped before every worker was ready"));
  if (outcome === "none-left" && !error) narrator.noneLeft();
  const ledger = (primary.leaving ?? new Tally(1001, world.clock.now())).close(world.clock.now());
  if (primary.leaving && !primary.survivor?.leads) narrator.stopped(ledger, primary.killed);
  primary.finished.resolve({ outcome, error, ledger });
}
