import type { HealthFacts } from "../../../telemetry/health.ts";

export interface StatusFacts extends Pick<HealthFacts, "size" | "ready" | "lameduck" | "stopping" | "reloading"> {
  readonly generation: number;
  /** Processes that still live. */
  readonly workers: number;
  /** The last reload changed nothing. */
  readonly reloadFailed: boolean;
}

/** What `systemctl status` shows. */
export function statusLine(facts: StatusFacts): string {
  const { size, ready, lameduck, stopping, reloading, generation, workers, reloadFailed } = facts;
  if (stopping) return `stopping, ${count(workers)} left`;
  const notes = [
    ...(reloading ? ["reloading"] : []),
    ...(reloadFailed && !reloading ? ["the last reload failed"] : []),
    ...(lameduck === null ? [] : ["lameduck"]),
  ];
  return [`${ready} of ${count(size)} ready`, `generation ${generation}`, ...notes].join(", ");
}

function count(workers: number): string {
  return `${workers} ${workers === 1 ? "worker" : "workers"}`;
}
