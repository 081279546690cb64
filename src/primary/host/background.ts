import type { Resolved } from "../../config/config.ts";
import type { ExitCode } from "../../errors.ts";
import { runForeground, type Place } from "../foreground.ts";
import { Starter, tellFailure } from "./starter.ts";

/** Carries a start out whose starter hears why it has failed. */
export async function tellingStarter(start: () => Promise<ExitCode>): Promise<ExitCode> {
  try {
    return await start();
  } catch (error) {
    return await tellFailure(error);
  }
}

/**
 * Runs the app in this process, whose starter hears how the start goes and leaves when the app is ready.
 * Parameters as those of `runForeground`.
 */
export async function runBackground(
  resolved: Resolved,
  found: string | null,
  resolve: () => Promise<Resolved>,
  place: Omit<Place, "starter">,
): Promise<ExitCode> {
  return await runForeground(resolved, found, resolve, { ...place, starter: new Starter(resolved.config.name) });
}
