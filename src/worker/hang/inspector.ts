/**
 * Node's inspector, which SIGUSR1 opens. Nobody does that but the primary, when it examines a worker that hangs, or the app's developer.
 */
import type { InspectorState } from "../../protocol/ipc.ts";

/** What Node takes where nobody has said anything. */
const USUAL_PORT = 9229;

/** Options that say how the inspector is opened, or that it is not. */
const OWN_OPTIONS = /--(?:inspect|debug|disable-sigusr1)/;

/**
 * Has the inspector take any free port, so that all workers could open theirs; where the user has said something, that stays. Not by an option of the process: that
 * would go on to the app's own child processes. Answers how to ask in what state it is.
 */
export function settleInspector(
  options = [...process.execArgv, process.env["NODE_OPTIONS"] ?? ""],
): () => InspectorState {
  if (options.some((option) => OWN_OPTIONS.test(option))) return () => (isOpen() ? "open" : "own");
  if (process.debugPort === USUAL_PORT) process.debugPort = 0;
  return () => {
    // The port becomes the real one with the opening. So a worker that nobody looks into never loads the module.
    if (process.debugPort !== 0 && isOpen()) return "open";
    return process.listenerCount("SIGUSR1") > 0 ? "own" : "closed";
  };
}

/** The primary had opened it. */
export function closeInspector(): void {
  process.getBuiltinModule("node:inspector").close();
  // It became the real one.
  process.debugPort = 0;
}

function isOpen(): boolean {
  return process.getBuiltinModule("node:inspector").url() !== undefined;
}
