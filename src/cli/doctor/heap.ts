import type { Config } from "../../config/config.ts";
import { showHeap, type SharedMemory } from "../../config/heap-size.ts";
import type { Check } from "./checks.ts";

/** How the workers of an app divide the memory of their cgroup; null: no limit, or the user has divided it. @param apps that share it */
export function checkHeap({ workers }: Config, memory: SharedMemory | null, apps: number): readonly Check[] {
  if (memory === null) return [];
  const check = { name: "heap", message: showHeap(memory, workers) } as const;
  if (apps === 1) return [{ ...check, state: "ok" }];
  const fix = `${apps} apps share the limit, and each divides the whole: set nodeOptions of each, such as "--max-old-space-size=256".`;
  return [{ ...check, state: "warning", fix }];
}
