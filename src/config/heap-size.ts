import { splitWords } from "./split-words.ts";

/** What the heaps of an app's workers share. Bytes. */
export interface SharedMemory {
  /** Of the cgroup, for all its processes together. */
  readonly limit: number;
  /** How large V8 lets the heap of one process grow by itself: it looks at the limit as though it were alone there. */
  readonly standard: number;
}

const MB = 2 ** 20;
/** The primary, and what the kernel counts for the cgroup's files. */
const PRIMARY = 64 * MB;
/** Of a worker beside its heap: code, buffers, stacks. */
const BESIDE_HEAP = 64 * MB;
/** What all may use: the rest is for one more worker while another is replaced, and for peaks. */
const USED = 0.8;
/** Of what a worker may use. */
const HEAP = 0.75;
/** With less no app gets far: so few megabytes for a worker are for the user to mend. */
const LEAST = 64 * MB;

/**
 * How many MB the heap of each worker may have, for V8 to collect its garbage before the kernel kills. Null: what V8 does by itself fits, which for a single worker it
 * nearly always does: it takes half of the limit, at least 256 MB, and at most 2 GB, or 4 GB from 15 GB on (Node 22, 24 and 26).
 */
export function heapSize({ limit, standard }: SharedMemory, workers: number): number | null {
  if (workers * (standard + BESIDE_HEAP) + PRIMARY <= limit) return null;
  const share = (limit * USED - PRIMARY) / workers;
  return Math.floor(Math.max(LEAST, Math.min(share * HEAP, standard)) / MB);
}

const SETS_HEAP = /^--max[-_](old[-_]space[-_]size([-_]percentage)?|heap[-_]size)(=|$)/;

/** Whether the user has said how large the heap may be. @param variable the workers' NODE_OPTIONS */
export function isHeapSet(nodeOptions: readonly string[], variable: string | undefined): boolean {
  return [...nodeOptions, ...(splitWords(variable ?? "") ?? [])].some((word) => SETS_HEAP.test(word));
}

/** In words, for the log and `drover doctor`: `heap of each worker: 602 MB, …`. */
export function showHeap(memory: SharedMemory, workers: number): string {
  const heap = heapSize(memory, workers);
  const standard = Math.round(memory.standard / MB);
  const limit = `limit of the cgroup ${Math.round(memory.limit / MB)} MB`;
  if (heap === null) return `heap of each worker up to ${standard} MB, as Node has it (${limit})`;
  return `heap of each worker up to ${heap} MB (${limit}; Node would let each have ${standard} MB)`;
}
