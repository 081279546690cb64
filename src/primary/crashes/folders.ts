import { join } from "node:path";
import { crashesOf, homeOf } from "../../control/home.ts";

/** Where reports of an app's dead workers are kept. @throws AppError CONTROL_FAILED for a user without a home folder */
export function crashFolder(name: string, environment: NodeJS.ProcessEnv): string {
  return crashesOf(homeOf(environment), name);
}

/**
 * Where Node leaves its own report of a fatal error, until it is taken over into ours. Null: nowhere. What workers of another user leave there we would have
 * to read as whoever we are, wherever their links lead.
 */
export function fatalReportFolder(name: string, environment: NodeJS.ProcessEnv, isForeign: boolean): string | null {
  if (isForeign) return null;
  try {
    return join(crashFolder(name, environment), "node");
  } catch {
    return null;
  }
}
