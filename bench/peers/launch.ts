import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { basename } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { pidsOf } from "../tree.ts";
import type { Task } from "./peer.ts";

const STOP_LIMIT_MS = 10_000;

/** Nothing else of whoever runs the bench: a NODE_OPTIONS of theirs would be measured as well. */
const INHERITED = Object.fromEntries(["PATH", "HOME", "LANG", "TMPDIR"].map((name) => [name, process.env[name]]));

export interface Command {
  readonly file: string;
  readonly args: readonly string[];
  /** Above the task's own. */
  readonly env?: Readonly<Record<string, string>>;
}

/** Starts a command in the task's folder. */
export function spawnIn({ file, args, env }: Command, task: Task, stdout: "ignore" | "pipe" = "ignore"): ChildProcess {
  const child = spawn(file, args, {
    cwd: task.folder,
    env: { ...INHERITED, NODE_ENV: "production", PORT: String(task.port), ...task.env, ...env },
    stdio: ["ignore", stdout, "inherit"],
  });
  // Without a listener it would end the bench; who has no pid was not started.
  child.on("error", () => {});
  return child;
}

/** Starts a command in the task's folder, and answers its pid. `ended` is called when it has ended. */
export function launch(command: Command, task: Task, ended?: () => void): number {
  const child = spawnIn(command, task);
  if (child.pid === undefined) throw new Error(`expected an executable file, got ${basename(command.file)}`);
  if (ended) child.once("exit", ended);
  return child.pid;
}

/** Runs a command in the task's folder until it ends. */
export async function complete(command: Command, task: Task): Promise<void> {
  const [code] = await once(spawnIn(command, task), "exit");
  if (code !== 0)
    throw new Error(
      `${[command.file, ...command.args].map((word) => basename(word)).join(" ")} ended with exit code ${code}`,
    );
}

/** Asks the roots of process trees to end, and resolves when all in them are gone. Who does not listen is killed after ten seconds. */
export async function endTrees(roots: readonly number[]): Promise<void> {
  const pids = roots.flatMap(pidsOf);
  for (const root of roots) signal(root, "SIGTERM");
  await untilGone(pids);
}

/** Resolves when the processes are gone; after ten seconds they are killed. */
export async function untilGone(pids: readonly number[]): Promise<void> {
  const deadline = performance.now() + STOP_LIMIT_MS;
  while (pids.some(isAlive)) {
    if (performance.now() > deadline) for (const pid of pids) signal(pid, "SIGKILL");
    await sleep(10);
  }
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // It was faster.
  }
}

export function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
