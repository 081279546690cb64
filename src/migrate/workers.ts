import { textOf, type Pm2App } from "./pm2-app.ts";
import type { Remark } from "./remark.ts";

/** `instances` and `exec_mode`. Without either pm2 runs one process. */
export function readWorkers(app: Pm2App): { readonly workers: unknown; readonly remarks: readonly Remark[] } {
  const count = toCount(app["instances"]);
  const fork = textOf(app, "exec_mode").startsWith("fork");
  if (typeof count !== "number") return { workers: count, remarks: [] };
  if (count < 0) {
    const text = `is "auto" here, one worker per CPU: set workers to a number to keep ${-count} free`;
    return { workers: "auto", remarks: [{ key: "instances", text }] };
  }
  const several = "the workers share one port, where each process of fork mode had its own";
  const remarks = fork && count !== 1 ? [{ key: "exec_mode", text: several }] : [];
  return { workers: count === 0 ? "auto" : count, remarks };
}

function toCount(instances: unknown): unknown {
  if (instances === undefined) return 1;
  if (typeof instances !== "string") return instances;
  // Like pm2, which takes any other word for "max".
  return Number.parseInt(instances, 10) || 0;
}
