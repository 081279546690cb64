import type { CrashReason } from "../../protocol/crash.ts";
import type { ErrorReport } from "../../protocol/ipc.ts";

/** What is known of a worker's end. */
export interface Evidence {
  readonly code: number | null;
  readonly signal: string | null;
  /** Why it could not even be started. */
  readonly spawnError: string | null;
  /** What it reported: of its boot, or what nobody caught. */
  readonly error: ErrorReport | null;
  readonly wasReady: boolean;
  /** It was leaving, or Drover is stopping. */
  readonly wasLeaving: boolean;
  /** What we killed it for; null: we did not. */
  readonly killed: "order" | "boot" | "drain" | "hang" | null;
  readonly heapFull: boolean;
  readonly oomKilled: boolean;
}

/** Whoever sends one of these asks a process to end. */
const ASKED: ReadonlySet<string> = new Set(["SIGTERM", "SIGINT", "SIGHUP"]);

/** Why it died. Null: as it was told to, which is no crash. */
export function reasonFor(evidence: Evidence): CrashReason | null {
  const { signal, spawnError, error, wasReady, wasLeaving, killed, heapFull, oomKilled } = evidence;
  if (spawnError !== null) return "not-started";
  if (killed === "order") return null;
  if (killed === "hang") return "hang";
  if (error) return wasReady ? "uncaught" : "boot-failed";
  if (heapFull) return "heap-out-of-memory";
  if (killed === "boot") return "boot-timeout";
  if (killed === "drain" || (signal !== null && ASKED.has(signal))) return null;
  if (signal !== null) return oomKilled ? "oom-killed" : "signal";
  return wasLeaving ? null : "exit-code";
}

/** In a few words. `told`: what was said of a kill of ours, or of a start that failed. */
export function reasonText(reason: CrashReason, evidence: Evidence, told: string | null): string {
  const { code, signal, error } = evidence;
  const thrown = `${error?.name ?? "Error"}: ${firstLine(error?.message)}`;
  switch (reason) {
    case "exit-code":
      return `exit code ${code}`;
    case "signal":
      return signal === "SIGKILL" ? "killed by SIGKILL, not by Drover" : `ended by ${signal}`;
    case "uncaught":
      return `uncaught ${thrown}`;
    case "heap-out-of-memory":
      return "out of memory: its JavaScript heap was full";
    case "oom-killed":
      return "killed by the kernel's OOM killer: its memory was full";
    case "hang":
      return told ?? "hung";
    case "boot-failed":
      return `could not boot: ${thrown}`;
    case "boot-timeout":
      return told ?? "not ready in time";
    case "not-started":
      return `could not be started: ${told}`;
  }
}

function firstLine(text = ""): string {
  return text.split("\n")[0]?.slice(0, 200) ?? "";
}
