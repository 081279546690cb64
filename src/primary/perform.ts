import type { Action, Outcome } from "../policy/fleet.ts";
import { bootError } from "./boot-error.ts";
import { hear } from "./hear.ts";
import type { Primary } from "./primary.ts";
import { servableByStandIn, StandIn } from "./stand-in.ts";
import { workerExited } from "./worker-exit.ts";
import { WorkerHandle } from "./worker-handle.ts";

type KillReason = Extract<Action, { type: "kill" }>["reason"];

/** Does what the plan says. Each action ends in an event, now or when the worker answers, so that the next plan knows of it. */
export function perform(primary: Primary, action: Action): void {
  switch (action.type) {
    case "fork":
      return fork(primary, action.slot, action.generation);
    case "drain":
      return drain(primary, action.worker, action.mode);
    case "kill":
      return kill(primary, action.worker, action.reason);
    case "close-listeners":
      primary.rescue.giveUp();
      primary.listeners.closeAll();
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
  const { crew, launch, listeners, world } = primary;
  const id = crew.nextId();
  const handle = new WorkerHandle(id, slot, generation, launch, listeners.grantAll(id));
  const member = crew.add(handle, launch, world.clock.now());
  handle.listen({
    message: (message, connection) => hear(primary, member, message, connection),
    appMessage: (message) => world.onAppMessage(message, slot),
    disconnect: () => primary.rescue.lost(id),
    exit: (exit) => workerExited(primary, member, exit),
  });
  world.carry(handle);
  primary.narrator.forked(member);
  primary.supervisor.post({ type: "forked", worker: handle.id, slot });
}

function drain(primary: Primary, id: number, mode: "stop" | "leave"): void {
  const member = primary.crew.get(id);
  if (member) primary.narrator.draining(member);
  member?.handle.send({ type: "drain", mode });
  primary.retired(id);
}

function kill(primary: Primary, id: number, reason: KillReason): void {
  const member = primary.crew.get(id);
  if (member) {
    member.killReason = explainKill(primary, reason);
    member.handle.kill();
    primary.killed += 1;
  }
  primary.supervisor.post({ type: "killed", worker: id });
}

function explainKill({ limits }: Primary, reason: KillReason): string {
  switch (reason) {
    case "boot-timeout":
      return `killed: not ready ${limits.bootTimeout / 1000} s after its start`;
    case "drain-timeout":
      return `killed: still had work ${limits.drainTimeout / 1000} s after it was told to leave`;
    case "stop":
      return "killed: stopped at once";
  }
}

function startStandIn(primary: Primary): void {
  primary.supervisor.post({ type: "stand-in", running: true });
  const listeners = servableByStandIn(primary.listeners.all());
  if (listeners.length === 0) return;
  primary.standIn = new StandIn(listeners, () => primary.narrator.standIn(false));
  primary.narrator.standIn(true);
}

function finish(primary: Primary, outcome: Outcome): void {
  primary.listeners.closeAll();
  const error =
    outcome === "cannot-boot" ? bootError(primary.lastBootError, primary.refused, primary.resolved.config) : null;
  if (error) primary.firstReady.reject(error);
  const { stoppingSince, killed } = primary;
  if (stoppingSince !== null) primary.narrator.stopped(Math.round(primary.world.clock.now() - stoppingSince), killed);
  primary.finished.resolve({ outcome, error });
}
