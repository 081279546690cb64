import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { installed } from "./installed.ts";
import type { Peer } from "./peer.ts";

interface Manifest {
  readonly version: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

const FOLDER = import.meta.dirname;
const COMMAND = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"] as const;

const read = (file: string): Manifest => JSON.parse(readFileSync(file, "utf8")) as Manifest;

function wantedVersion(name: string): string | undefined {
  const { dependencies, optionalDependencies } = read(join(FOLDER, "package.json"));
  return { ...dependencies, ...optionalDependencies }[name];
}

function installedVersion(name: string): string | null {
  const file = installed(name, "package.json");
  return existsSync(file) ? read(file).version : null;
}

const packagesOf = ({ needs }: Peer): readonly string[] => (needs && "packages" in needs ? needs.packages : []);
const isInstalled = (name: string): boolean => installedVersion(name) === wantedVersion(name);

/** Installs what the peers need of npm, unless all of it is there. npm speaks on stderr, and its failure shows in {@link absence}. */
export async function installPackages(peers: readonly Peer[]): Promise<void> {
  const missing = peers.flatMap(packagesOf).filter((name) => !isInstalled(name));
  if (missing.length === 0) return;
  process.stderr.write(`${missing.join(", ")} missing, so in ${FOLDER}: ${COMMAND.join(" ")}\n`);
  const [npm, ...args] = COMMAND;
  const child = spawn(npm, args, { cwd: FOLDER, stdio: ["ignore", 2, 2] });
  await once(child, "exit");
}

/** Why a peer cannot take part; `null`: it can. */
export function absence(peer: Peer): string | null {
  const missing = packagesOf(peer).filter((name) => !isInstalled(name));
  if (missing.length > 0) return `${missing.join(" and ")} could not be installed from npm`;
  if (peer.needs && "command" in peer.needs && commandVersion(peer.needs.command) === null)
    return `the command ${peer.needs.command} is missing (Debian: apt install ${peer.needs.command})`;
  return null;
}

/** As `nginx -v` says it, on stderr: `nginx version: nginx/1.22.1`. */
function commandVersion(command: string): string | null {
  const { stderr } = spawnSync(command, ["-v"], { encoding: "utf8" });
  return /\d+(\.\d+)+/.exec(stderr ?? "")?.[0] ?? null;
}

/** Of what it runs besides Node: `wattpm 3.67.0, @platformatic/node 3.65.0`; `null` for what comes with Node. */
export function versionsOf(peer: Peer): string | null {
  const { needs } = peer;
  if (!needs) return null;
  if ("command" in needs) return `${needs.command} ${commandVersion(needs.command)}`;
  return needs.packages.map((name) => `${name} ${installedVersion(name)}`).join(", ");
}
