import { configSchema } from "../config/schema.ts";
import { EXIT, type ExitCode } from "../errors.ts";
import type { Io } from "./io.ts";
import type { Request } from "./verbs.ts";

export async function printSchema(_request: Request, io: Io): Promise<ExitCode> {
  io.stdout.write(`${JSON.stringify(configSchema(), null, 2)}\n`);
  return EXIT.ok;
}
