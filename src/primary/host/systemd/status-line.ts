import type { HealthFacts } from "../../../telemetry/health.ts";
import { count } from "../../../telemetry/words.ts";

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
  if (stopping) return `stopping, ${count(workers, "worker")} left`;
  const notes = [
    ...(reloading ? ["reloading"] : []),
    ...(reloadFailed && !reloading ? ["the last reload failed"] : []),
    ...(lameduck === null ? [] : ["lameduck"]),
  ];
  return [`${ready} of ${count(size, "worker")} ready`, `generation ${generation}`, ...notes].join(", ");
}
