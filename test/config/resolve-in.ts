import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Sources } from "../../src/config/choose.ts";
import type { UserConfig } from "../../src/config/config.ts";
import { resolveConfig, type Resolution } from "../../src/config/resolve.ts";

/** What surrounds the call, in short. */
export interface Given extends Partial<Pick<Sources, "flags" | "env" | "entry" | "args" | "configFile">> {
  readonly inline?: UserConfig;
  /** Content of drover.config.json. */
  readonly file?: object;
  /** Further files by name. */
  readonly files?: Readonly<Record<string, string>>;
}

/** Resolves in a folder that holds `app.js`. */
export async function resolveIn(folder: string, { file, files = {}, ...given }: Given): Promise<Resolution> {
  const all = { "app.js": "", ...files, ...(file !== undefined && { "drover.config.json": JSON.stringify(file) }) };
  for (const [name, text] of Object.entries(all)) writeFileSync(join(folder, name), text);
  return await resolveConfig({ flags: {}, env: {}, cwd: folder, ...given });
}
