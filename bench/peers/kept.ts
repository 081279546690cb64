import { launch, type Command } from "./launch.ts";
import type { Task } from "./peer.ts";

/** What systemd waits by default. */
const RESTART_DELAY_MS = 100;

/** A process that is started again whenever it ends, as systemd's `Restart=always` does it. */
export interface Kept {
  /** Of the process that there is, or was last. */
  readonly pid: () => number;
  /** It is not started again from now on. */
  readonly release: () => void;
}

export function keep(command: Command, task: Task): Kept {
  let isKept = true;
  let timer: NodeJS.Timeout | undefined;
  let pid = 0;
  const start = (): void => {
    pid = launch(command, task, () => {
      if (isKept) timer = setTimeout(start, RESTART_DELAY_MS);
    });
  };
  start();
  return {
    pid: () => pid,
    release: () => {
      isKept = false;
      clearTimeout(timer);
    },
  };
}
