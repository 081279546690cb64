import { pidsOf } from "../tree.ts";
import { endTrees, launch, type Command } from "./launch.ts";
import type { Peer, Started, Task } from "./peer.ts";

/** A peer that is one command: it stays in the foreground, and ends on SIGTERM. Its children are its workers; without any it is its own. */
export function spawned(name: string, command: (task: Task) => Command, more: Partial<Peer> = {}): Peer {
  return { name, ...more, start: async (task) => startedAt(launch(command(task), task)) };
}

export function startedAt(pid: number): Started {
  return {
    roots: [pid],
    workers: () => {
      const children = pidsOf(pid).filter((other) => other !== pid);
      return children.length > 0 ? children : [pid];
    },
    stop: () => endTrees([pid]),
  };
}
