import { totalmem } from "node:os";
import { getHeapStatistics } from "node:v8";
import type { Config } from "./config.ts";
import { isHeapSet, type SharedMemory } from "./heap-size.ts";
import { memoryLimit } from "./memory-limit.ts";
import { readTextIfThere } from "./read-text.ts";

/**
 * What the heaps of an app's workers share here; null: nothing limits them but the machine, or the user has said how large they may be.
 * The heap of this very process is what V8 gives one by itself.
 * @param environment the workers'
 */
export function sharedMemory({ nodeOptions }: Config, environment: NodeJS.ProcessEnv): SharedMemory | null {
  if (isHeapSet(nodeOptions, environment["NODE_OPTIONS"])) return null;
  const limit = memoryLimit(readTextIfThere, totalmem());
  return limit === null ? null : { limit, standard: getHeapStatistics().heap_size_limit };
}
