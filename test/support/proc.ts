import { readdirSync, readFileSync, readlinkSync } from "node:fs";

// Processes as /proc shows them. Every one may end between two reads, which is no error.

function read(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}

function stateOf(pid: number): string | undefined {
  // The command's name may hold spaces and parentheses: the fields begin after its last one.
  return read(`/proc/${pid}/stat`)?.split(") ").at(-1)?.split(" ")[0];
}

function pids(): number[] {
  return readdirSync("/proc").map(Number).filter(Number.isInteger);
}

/** Whether the process still runs; a zombie does not. */
export function isAlive(pid: number): boolean {
  const state = stateOf(pid);
  return state !== undefined && state !== "Z";
}

export function isStopped(pid: number): boolean {
  return stateOf(pid) === "T";
}

/** Live processes that have this assignment (`NAME=value`) in their environment, orphans among them. */
export function pidsWithEnv(assignment: string): number[] {
  return pids().filter((pid) => read(`/proc/${pid}/environ`)?.split("\0").includes(assignment) && isAlive(pid));
}

export function kill(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It ended before the signal.
  }
}

function socketInodes(pid: number): Set<string> {
  const inodes = new Set<string>();
  for (const fd of readdirSync(`/proc/${pid}/fd`)) {
    try {
      const inode = /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/fd/${fd}`))?.[1];
      if (inode) inodes.add(inode);
    } catch {
      // Closed meanwhile.
    }
  }
  return inodes;
}

/** Ports of the clients whose connections to `serverPort` this process has accepted and still holds. */
export function acceptedFrom(pid: number, serverPort: number): Set<number> {
  const inodes = socketInodes(pid);
  const ports = new Set<number>();
  for (const table of ["tcp", "tcp6"]) {
    for (const row of read(`/proc/${pid}/net/${table}`)?.split("\n").slice(1) ?? []) {
      const [, local, remote, , , , , , , inode] = row.trim().split(/\s+/);
      if (!local || !remote || !inode || !inodes.has(inode)) continue;
      const [localPort, remotePort] = [local, remote].map((end) =>
        Number.parseInt(end.slice(end.lastIndexOf(":") + 1), 16),
      );
      if (localPort === serverPort && remotePort) ports.add(remotePort);
    }
  }
  return ports;
}

/** Processes that this one has started: the dead among them, of which it has not taken notice, are in state Z. */
export function childrenOf(parent: number): { readonly pid: number; readonly state: string }[] {
  return pids().flatMap((pid) => {
    const [state, ppid] = read(`/proc/${pid}/stat`)?.split(") ").at(-1)?.split(" ") ?? [];
    return state !== undefined && Number(ppid) === parent ? [{ pid, state }] : [];
  });
}

/** How many descriptors it has open. */
export function descriptorsOf(pid: number): number {
  return readdirSync(`/proc/${pid}/fd`).length;
}
