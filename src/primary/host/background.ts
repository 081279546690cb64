import type { Resolved } from "../../config/config.ts";
import type { ExitCode } from "../../errors.ts";
import { runForeground } from "../foreground.ts";
import { Starter } from "./starter.ts";

/**
 * Runs the app in this process, whose starter hears how the start goes and leaves when the app is ready.
 * Parameters as those of `runForeground`.
 */
export async function runBackground(
  resolved: Resolved,
  found: string | null,
  resolve: () => Promise<Resolved>,
): Promise<ExitCode> {
  const starter = new Starter(resolved.config.name);
  try {
    return await runForeground(resolved, found, resolve, starter);
  } catch (error) {
    return await starter.failed(error);
  }
}
