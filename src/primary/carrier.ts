import { styleText } from "node:util";
import { forward, jsonMark, prettyMark, type Mark } from "./output.ts";
import type { WorkerHandle } from "./worker-handle.ts";

/** A process whose output is carried. Slot 0 is the user's file beside the supervisor. */
export type Source = Pick<WorkerHandle, "slot" | "pid" | "stdout" | "stderr">;

export type Carry = (source: Source) => void;

export interface Carrier {
  readonly carry: Carry;
  /** Everything the processes wrote has been passed on; a grandchild that keeps a pipe open is not waited for long. */
  ended(): Promise<void>;
}

/** Each worker waits for a slow terminal or pipe in a listener of its own; the default limit of 10 would warn. */
const MANY_WORKERS = 1024;
/** From the last exit to the end of its output, at most. Milliseconds. */
const LAST_LINES = 2_000;

/** Carries every process's output to ours, each line with its slot and pid. */
export function openCarrier(pretty: boolean): Carrier {
  for (const stream of [process.stdout, process.stderr]) stream.setMaxListeners(2 * MANY_WORKERS);
  const open = new Set<Promise<void>>();
  const follow = (stream: Source["stdout"], mark: Mark, outlet: NodeJS.WriteStream): void => {
    if (!stream) return;
    const end: Promise<void> = forward(stream, mark, outlet).finally(() => open.delete(end));
    open.add(end);
  };
  return {
    carry: ({ slot, pid, stdout, stderr }) => {
      const mark = (name: "stdout" | "stderr"): Mark =>
        pretty
          ? prettyMark(slot, pid, (prefix) => styleText(paint(slot), prefix))
          : jsonMark(slot, pid, name, Date.now);
      follow(stdout, mark("stdout"), process.stdout);
      follow(stderr, mark("stderr"), process.stderr);
    },
    ended: async () => {
      const patience = Promise.withResolvers<void>();
      const timer = setTimeout(patience.resolve, LAST_LINES);
      await Promise.race([Promise.all(open), patience.promise]);
      clearTimeout(timer);
    },
  };
}

const PAINTS = ["green", "blue", "magenta", "yellow", "cyan"] as const;

function paint(slot: number): (typeof PAINTS)[number] {
  return PAINTS[slot % PAINTS.length] ?? "green";
}
