import type { Peer, Started, Task } from "./peer.ts";

/** The peer, with the way in which its documentation says that it is reloaded. */
export function reloading(peer: Peer, reload: (task: Task, started: Started) => Promise<void>): Peer {
  return {
    ...peer,
    start: async (task) => {
      const started = await peer.start(task);
      return { ...started, reload: () => reload(task, started) };
    },
  };
}
