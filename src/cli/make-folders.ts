import { existsSync, mkdirSync, statSync } from "node:fs";
import { dirname } from "node:path";

/**
 * A folder and those above it, where they are missing. Node's own `recursive` never ends below /proc: a folder that nothing can be made in says there that
 * it does not exist.
 * @param mode of each that is made; without it as the umask has it
 */
export function makeFolders(path: string, mode?: number): void {
  try {
    mkdirSync(path, mode);
  } catch (error) {
    if (statSync(path, { throwIfNoEntry: false })?.isDirectory()) return;
    const parent = dirname(path);
    if ((error as NodeJS.ErrnoException).code !== "ENOENT" || existsSync(parent)) throw error;
    makeFolders(parent, mode);
    makeFolders(path, mode);
  }
}
