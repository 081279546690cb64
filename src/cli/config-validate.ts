import { resolveApps } from "../config/resolve.ts";
import { EXIT, type ExitCode } from "../errors.ts";
import { count } from "../telemetry/words.ts";
import type { Io } from "./io.ts";
import type { Request } from "./verbs.ts";

/** Throws the AppError that `start` would end with. */
export async function validateConfig(request: Request, io: Io): Promise<ExitCode> {
  for (const { resolution } of await resolveApps(request.sources, request.operands)) {
    const { name, entry, workers } = resolution.config;
    io.stdout.write(`ok: ${name} would run ${entry} with ${count(workers, "worker")}\n`);
  }
  return EXIT.ok;
}
