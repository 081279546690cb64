import { cpSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { fileURLToPath } from "node:url";
import { temporaryFolder } from "./fixture.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));

/** A copy of Drover as npm installs it, which an update may replace. Answers its folder. */
export function install(t: TestContext): string {
  const folder = temporaryFolder(t);
  for (const name of ["dist", "package.json"]) cpSync(join(root, name), join(folder, name), { recursive: true });
  symlinkSync(join(root, "node_modules"), join(folder, "node_modules"));
  return folder;
}
