import assert from "node:assert/strict";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import type { DeployedFile } from "../../src/deploy/deployment.ts";

const goldens = fileURLToPath(new URL("../deploy/golden/", import.meta.url));

/**
 * Fails unless these are the files of `test/deploy/golden/NAME`, all of them and letter by letter. With DROVER_GOLDEN=write in the environment
 * they are written there instead, for `git diff` to show what has changed.
 */
export function matchGolden(name: string, files: readonly DeployedFile[]): void {
  const folder = join(goldens, name);
  if (process.env["DROVER_GOLDEN"] === "write") write(folder, files);
  const known = existsSync(folder) ? filesIn(folder) : [];
  assert.deepEqual(files.map((file) => file.name).toSorted(), known.toSorted(), `files of ${name}`);
  for (const file of files) assert.equal(file.text, readFileSync(join(folder, file.name), "utf8"), file.name);
}

function filesIn(folder: string): string[] {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  return entries.flatMap((entry) => (entry.isFile() ? [relative(folder, join(entry.parentPath, entry.name))] : []));
}

function write(folder: string, files: readonly DeployedFile[]): void {
  rmSync(folder, { recursive: true, force: true });
  for (const { name, text } of files) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
}
