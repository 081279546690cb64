import { prefixOf, unpainted } from "../../telemetry/pretty.ts";
import type { Style } from "../../telemetry/style.ts";
import type { WorkerHandle } from "../workers/worker-handle.ts";
import { forward, journalMark, jsonMark, prettyMark, type Mark, type Outlet } from "./forward.ts";
import type { LogOutput } from "./log-output.ts";

/** A process whose output is carried. Slot 0 is the user's file beside the supervisor. */
export type Source = Pick<WorkerHandle, "slot" | "pid" | "stdout" | "stderr">;

export type Carry = (source: Source) => void;

export interface Carrier {
  readonly carry: Carry;
  /** Everything the processes wrote has been passed on; a grandchild that keeps a pipe open is not waited for long. */
  ended(): Promise<void>;
}

/** From the last exit to the end of its output, at most. Milliseconds. */
const LAST_LINES = 2_000;

/** Carries every process's output there, each line with its slot and pid. */
export function openCarrier(output: LogOutput): Carrier {
  const open = new Set<Promise<void>>();
  const follow = (stream: Source["stdout"], mark: Mark, outlet: Outlet): void => {
    if (!stream) return;
    const end: Promise<void> = forward(stream, mark, outlet).finally(() => open.delete(end));
    open.add(end);
  };
  return {
    carry: ({ slot, pid, stdout, stderr }) => {
      const mark = (name: "stdout" | "stderr"): Mark => markFor(output.style, slot, pid, name);
      follow(stdout, mark("stdout"), output.stdout);
      follow(stderr, mark("stderr"), output.stderr);
    },
    ended: async () => {
      const patience = Promise.withResolvers<void>();
      const timer = setTimeout(patience.resolve, LAST_LINES);
      await Promise.race([Promise.all(open), patience.promise]);
      clearTimeout(timer);
    },
  };
}

function markFor(style: Style, slot: number, pid: number, stream: "stdout" | "stderr"): Mark {
  if (style === "json") return jsonMark(slot, pid, stream, Date.now);
  if (style === "journal") return journalMark(prefixOf(slot, pid, unpainted), stream);
  return prettyMark(prefixOf(slot, pid, style));
}
