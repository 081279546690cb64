import { EXIT, type ExitCode } from "../errors.ts";
import { VERSION } from "../version.ts";
import { writeJson, type Io } from "./io.ts";
import type { Request } from "./verbs.ts";

export async function printVersion(request: Request, io: Io): Promise<ExitCode> {
  const { platform, arch, versions } = process;
  if (request.json) writeJson(io, { drover: VERSION, node: versions.node, platform, arch });
  else io.stdout.write(`drover ${VERSION} (Node ${versions.node}, ${platform} ${arch})\n`);
  return EXIT.ok;
}
