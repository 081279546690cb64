import type { Sample } from "./load.ts";
import { acceptedFrom, isStopped, kill } from "./proc.ts";
import { until } from "./wait.ts";

export interface Kill {
  readonly pid: number;
  /** Client ports of the connections it had accepted: only these may fail. */
  readonly held: ReadonlySet<number>;
  /** On the clock of `performance.now()`. */
  readonly at: number;
}

/**
 * kill -9, with a list of the connections that die with it. It is stopped for the moment the list takes,
 * so that it can neither accept nor close any more.
 */
export async function killNine(pid: number, serverPort: number): Promise<Kill> {
  kill(pid, "SIGSTOP");
  await until(() => isStopped(pid), `process ${pid} to stop`);
  const held = acceptedFrom(pid, serverPort);
  kill(pid, "SIGKILL");
  return { pid, held, at: performance.now() };
}

/** A client's port may be used again later: a failure belongs to a kill only when it follows closely. */
const SOON_MS = 1000;

/** Whether this request was in flight on a worker that was killed. */
export function diedWith(sample: Sample, kills: readonly Kill[]): boolean {
  const { answer, endedAt } = sample;
  const torn = answer.outcome === "reset" || answer.outcome === "closed";
  return torn && kills.some(({ held, at }) => held.has(answer.localPort) && endedAt - at < SOON_MS);
}
