import { inspectorAt } from "./ask-inspector.ts";
import { ownPorts } from "./loopback-ports.ts";
import { within } from "./within.ts";

/** An inspector answers on a thread of its own, also at a breakpoint, but not at once where the machine is busy. Milliseconds. */
const PATIENCE = 2_000;

/** Whether somebody has opened the inspector of a process since it last spoke: it may stand at a breakpoint. */
export async function isInspected(pid: number, answers: AbortSignal): Promise<boolean> {
  const ports = ownPorts(pid);
  if (ports.length === 0) return false;
  try {
    await within(PATIENCE, answers, (until) => Promise.any(ports.map((port) => inspectorAt(port, until))));
    return true;
  } catch {
    return false;
  }
}
