import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";

const IMPORT = /\b(?:from|import)\s*\(?\s*['"](?<path>\.{1,2}\/[^'"]+)['"]/g;
/** A mistake is seldom far from the entry, and each check costs some 40 ms. */
const MOST_FILES = 40;

/**
 * V8 does not say in which module a syntax error is. Asks Node to check the entry, then what it imports, and answers the
 * place in Node's own words (file and line, the line itself, a pointer below it); null when it is not found.
 */
export function locateSyntaxError(entry: string): string | null {
  const files = [entry];
  for (const file of files) {
    const place = check(file);
    if (place) return place;
    if (files.length < MOST_FILES) files.push(...importsOf(file).filter((path) => !files.includes(path)));
  }
  return null;
}

function check(file: string): string | null {
  const { status, stderr } = spawnSync(process.execPath, ["--check", file], { encoding: "utf8" });
  const place = /^(?:file:\/\/)?\/.+:\d+\n[^]*?\n(?=\n)/.exec(stderr);
  return status === 0 || !place ? null : place[0].trimEnd();
}

function importsOf(file: string): string[] {
  const source = readFileSync(file, "utf8");
  const paths = [...source.matchAll(IMPORT)].map((match) => resolve(dirname(file), match.groups?.["path"] ?? ""));
  return paths.filter((path) => existsSync(path));
}
