/** Who runs this process, as far as it decides whether another one may take its place. */
export interface Station {
  readonly pid: number;
  readonly os: NodeJS.Platform;
  /** In the background: nobody waits for this very process. */
  readonly detached: boolean;
  /** systemd listens, so that it can be told which process to watch from now on. */
  readonly notifies: boolean;
}

export interface Refusal {
  readonly why: string;
  readonly hint: string;
}

/** Why no other process can take this one's place; null: one can. */
export function refusalOf({ pid, os, detached, notifies }: Station): Refusal | null {
  if (os === "win32")
    return { why: "on Windows a process cannot hand its sockets to another one", hint: "Stop it and start it anew." };
  if (pid === 1)
    return {
      why: "it runs as process 1, and the container ends with that, whoever has taken its place",
      hint: "Start a container of the new image beside this one, then stop this one; `drover reload` takes new code.",
    };
  if (detached || notifies) return null;
  return {
    why: "it runs in the foreground, and whoever started it, a terminal, a container or a supervisor, waits for this very process",
    hint: "Start it with -d, or as a unit of systemd's with Type=notify (drover deploy systemd). `drover reload` takes new code anywhere.",
  };
}
