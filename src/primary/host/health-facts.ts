import type { HealthFacts } from "../../telemetry/health.ts";
import type { Primary } from "../primary.ts";

export function healthFacts(primary: Primary): HealthFacts {
  const { supervisor, generations, announced, withdrawn, stopping, world } = primary;
  const { fleet, stuck } = supervisor;
  const { size, generation, phase, reload, workers, noneReadySince } = fleet;
  return {
    size,
    // During a reload a slot may have two.
    ready: new Set(workers.filter((worker) => worker.state === "ready").map((worker) => worker.slot)).size,
    quorum: generations.get(generation).resolved.config.quorum,
    announced,
    lameduck: phase === "lameduck" ? "stop" : withdrawn ? "drain" : null,
    stopping,
    reloading: reload !== null && reload.phase !== "tail",
    noneReadyMs: noneReadySince === null ? null : world.clock.now() - noneReadySince,
    stuck,
    degraded: primary.troubles.all(),
  };
}
