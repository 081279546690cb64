/** SQLite's log, as the one sees it who brings it into the file. */
export interface Log {
  /** Brings over what is there, beside the writers, who go on adding to it. Answers how many pages are left. */
  bring(): number;
  /** Brings over the rest and empties the log, while writers wait. Answers whether nobody was in the way. */
  empty(): boolean;
  /** Writes to the empty log: whoever does so first waits for the disk. */
  begin(): void;
  /** Bytes. */
  size(): number;
}

export interface Checkpointer {
  readonly log: Log;
  /** How large the log may be before writers wait for a slow disk, should they never rest. Bytes. */
  readonly mostLog: number;
  /** Milliseconds. */
  readonly now: () => number;
  readonly pause: (ms: number) => Promise<unknown>;
}

/** A rest so short does not keep writers waiting. Pages. */
const SHORT_REST = 250;
const MOST_ROUNDS = 4;
/** A short rest that took so long: the disk is slow, and to empty the log takes three times as long, which is all of the writers' patience. Milliseconds. */
const SLOW = 70;
/** Writers who have waited for so long would not have the patience for what is left, half as long; they come within a few milliseconds. */
const LONG_WAIT = 160;
const FOR_WRITERS = 20;

/**
 * The bulk goes over beside the writers; the rest, which also begins the log anew, while they wait. On a slow disk the log is left to grow until they pause by
 * themselves. Answers whether the log is empty.
 */
export async function checkpoint({ log, mostLog, now, pause }: Checkpointer): Promise<boolean> {
  let rest: number;
  let took: number;
  let round = 0;
  do {
    const since = now();
    rest = log.bring();
    took = now() - since;
    round++;
  } while (rest > 0 && round < MOST_ROUNDS && (rest > SHORT_REST || took > SLOW));
  if (rest > 0 && took > SLOW && log.size() < mostLog) return false;

  const since = now();
  if (!log.empty()) return false;
  if (now() - since > LONG_WAIT) await pause(FOR_WRITERS);
  log.begin();
  return true;
}
