import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { ownFile } from "../../own-files.ts";
import { VERSION } from "../../version.ts";

const OWN = fileURLToPath(ownFile("worker/worker"));

/**
 * What a generation's workers run: the app's own copy of Drover where it has the same version, since ours may lie in a release
 * that is cleared away while we live.
 */
export function workerFile(entry: string): string {
  const copy = copyOf(entry);
  return copy !== null && existsSync(copy) ? copy : OWN;
}

function copyOf(entry: string): string | null {
  try {
    const manifest = createRequire(entry).resolve("drover/package.json");
    const { version } = JSON.parse(readFileSync(manifest, "utf8")) as { version: string };
    return version === VERSION ? join(dirname(manifest), "dist/worker/worker.js") : null;
  } catch {
    return null;
  }
}
