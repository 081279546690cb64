import { spawn } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import { pidsOf } from "../tree.ts";
import type { Peer, Started, Task } from "./peer.ts";

const STOP_LIMIT_MS = 10_000;

export interface Command {
  readonly file: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** A peer that is one command: it stays in the foreground, and ends on SIGTERM. Its children are its workers; without any it is its own. */
export function spawned(name: string, command: (task: Task) => Command, more: Partial<Peer> = {}): Peer {
  return { name, ...more, start: async (task) => run(name, command(task), task) };
}

function run(name: string, { file, args, env }: Command, task: Task): Started {
  const child = spawn(file, args, {
    cwd: task.folder,
    env: { ...process.env, NODE_ENV: "production", PORT: String(task.port), ...task.env, ...env },
    stdio: ["ignore", "ignore", "inherit"],
  });
  const { pid } = child;
  if (pid === undefined) throw new Error(`${name} cannot be started: expected an executable file, got ${file}`);
  return {
    roots: [pid],
    workers: () => {
      const children = pidsOf(pid).filter((other) => other !== pid);
      return children.length > 0 ? children : [pid];
    },
    stop: async () => {
      const pids = pidsOf(pid);
      child.kill("SIGTERM");
      const deadline = performance.now() + STOP_LIMIT_MS;
      while (pids.some(isAlive)) {
        if (performance.now() > deadline) for (const one of pids.filter(isAlive)) process.kill(one, "SIGKILL");
        await sleep(10);
      }
    },
  };
}

export function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
