import { resolveConfig } from "../config/resolve.ts";
import { EXIT, type ExitCode } from "../errors.ts";
import type { Io } from "./io.ts";
import type { Request } from "./verbs.ts";

/** Throws the AppError that `start` would end with. */
export async function validateConfig(request: Request, io: Io): Promise<ExitCode> {
  const { config } = await resolveConfig(request.sources);
  io.stdout.write(
    `ok: ${config.name} would run ${config.entry} with ${config.workers} ${config.workers === 1 ? "worker" : "workers"}\n`,
  );
  return EXIT.ok;
}
