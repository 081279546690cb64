import { readdirSync, readFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { gunzipSync } from "node:zlib";

function numberOf(name: string): number {
  return Number(/\.(\d+)(?:\.gz)?$/.exec(name)?.[1]);
}

/** Names of the rotated files of a log, the oldest first. */
export function rotatedNames(path: string): string[] {
  return readdirSync(dirname(path))
    .filter((name) => name.startsWith(`${basename(path)}.`) && /\.\d+(\.gz)?$/.test(name))
    .toSorted((a, b) => numberOf(b) - numberOf(a));
}

/** Every line of a log, the oldest first, across its rotated files, gzipped or not. Fails when one ends in the middle of a line. */
export function linesAcross(path: string): string[] {
  const folder = dirname(path);
  return [...rotatedNames(path), basename(path)].flatMap((name) => {
    const content = readFileSync(join(folder, name));
    const lines = (name.endsWith(".gz") ? gunzipSync(content) : content).toString().split("\n");
    if (lines.pop() !== "") throw new Error(`${name} ends in the middle of a line`);
    return lines;
  });
}
