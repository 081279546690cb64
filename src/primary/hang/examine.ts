import { setTimeout as sleep } from "node:timers/promises";
import type { Autopsy } from "../../protocol/autopsy.ts";
import { readStat } from "../../record/process-stat.ts";
import { askInspector } from "./ask-inspector.ts";
import { loopbackPorts, openedSince, type LoopbackPorts } from "./loopback-ports.ts";
import { within } from "./within.ts";

/** From the signal to the answer, in milliseconds. Its clients have waited long enough. */
export const PATIENCE = 2_000;

/** Between two looks for the inspector, in milliseconds, growing. */
const FIRST_LOOK = 5;

/**
 * What the stuck event loop of a process that is about to be killed is at, or why that cannot be told, in words.
 *
 * @param answers aborts when the loop turns after all: then nobody needs to know
 * @param open has the process open its inspector
 */
export async function examine(pid: number, answers: AbortSignal, open: () => void): Promise<Autopsy | string> {
  if (stateOf(pid) === "T") return "the process is stopped, as by SIGSTOP";
  let before: LoopbackPorts;
  try {
    before = loopbackPorts(pid);
  } catch {
    return "its JavaScript stack can be had only where there is /proc, as on Linux";
  }
  try {
    return await within(PATIENCE, answers, async (until) => {
      open();
      const ports = await inspectorPorts(pid, before, until);
      return Promise.any(ports.map((port) => askInspector(port, pid, until)));
    });
  } catch {
    return `no JavaScript stack within ${PATIENCE / 1000} s: ${IN_STATE[stateOf(pid) ?? ""] ?? "it has ended"}`;
  }
}

/** Whether a debugger of processes, such as gdb, has stopped it. */
export function isTraced(pid: number): boolean {
  return stateOf(pid) === "t";
}

async function inspectorPorts(pid: number, before: LoopbackPorts, until: AbortSignal): Promise<readonly number[]> {
  for (let wait = FIRST_LOOK; ; wait *= 1.5) {
    const ports = openedSince(pid, before);
    if (ports.length > 0) return ports;
    await sleep(wait, undefined, { signal: until });
  }
}

/** What a process that does not come back to JavaScript does, by its state in /proc. */
const IN_STATE: Readonly<Record<string, string>> = {
  R: "it computes, most likely in native code",
  S: "it waits in a system call, as for a child process run synchronously",
  D: "it waits for a disk or a network file system",
  t: "a debugger has stopped it",
};

/** Null: there is no such process, or no /proc. */
function stateOf(pid: number): string | null {
  return readStat(pid)?.state ?? null;
}
