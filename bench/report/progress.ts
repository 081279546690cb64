/** Tells how far a long run is, on stderr; results go to stdout. */
export interface Progress {
  readonly begin: (what: string) => void;
  readonly end: (what: string) => void;
}

const minutes = (ms: number): string => `${Math.round(ms / 60_000)} min`;

/** On a terminal there is one line more, which says what runs now, for how long all has been running, and how long it will. */
export function progress(total: number): Progress {
  const since = performance.now();
  const { isTTY } = process.stderr;
  let done = 0;
  const clear = isTTY ? "\r\u001B[2K" : "";
  return {
    begin: (what) => {
      const spent = performance.now() - since;
      const left = done === 0 ? "" : `, about ${minutes((spent / done) * (total - done))} left`;
      if (isTTY) process.stderr.write(`${clear}[${done + 1}/${total}, ${minutes(spent)}${left}] ${what} …`);
    },
    end: (what) => {
      done += 1;
      process.stderr.write(`${clear}[${done}/${total}, ${minutes(performance.now() - since)}] ${what}\n`);
    },
  };
}
