import type { HealthFacts } from "../../src/telemetry/health.ts";

/** Four workers, all ready, and nothing under way. */
export const HEALTHY: HealthFacts = {
  size: 4,
  ready: 4,
  quorum: null,
  announced: true,
  lameduck: null,
  stopping: false,
  reloading: false,
  noneReadyMs: null,
  stuck: false,
  degraded: [],
};
