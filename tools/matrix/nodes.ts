import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { join } from "node:path";

/** The other versions of Node that Drover supports, installed here on demand. */
export const MAJORS = [22, 26];

export const binaryOf = (major: number): string =>
  join(import.meta.dirname, `node_modules/node-${major}-${process.platform}-${process.arch}/bin/node`);

/** Installs the versions where one is missing. npm speaks on stderr. */
export async function installNodes(): Promise<void> {
  if (MAJORS.every((major) => existsSync(binaryOf(major)))) return;
  const child = spawn("npm", ["ci", "--prefix", import.meta.dirname], { stdio: ["ignore", 2, 2] });
  await once(child, "exit");
  const missing = MAJORS.filter((major) => !existsSync(binaryOf(major)));
  if (missing.length === 0) return;
  throw new Error(
    `No Node ${missing.join(" and ")} for ${process.platform}-${process.arch} in tools/matrix/package.json`,
  );
}

/** What `node --version` says: `v24.1.0`. */
export async function versionOf(node: string): Promise<string> {
  const child = spawn(node, ["--version"], { stdio: ["ignore", "pipe", "inherit"] });
  return (await child.stdout.toArray()).join("").trim();
}
