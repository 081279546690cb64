import { statSync } from "node:fs";

/**
 * Whether the file there is a socket; null: there is no file. Asked in bigints: once `statSync` has seen a socket in numbers, Node 22 leaves links in the paths of modules
 * as they are, and a package that a link leads to (those of pnpm) is loaded empty.
 */
export function isSocketFile(path: string): boolean | null {
  return statSync(path, { throwIfNoEntry: false, bigint: true })?.isSocket() ?? null;
}
