import { lstatSync, mkdirSync, statfsSync } from "node:fs";
import { dirname } from "node:path";
import { folderOf, homeOf } from "../control/home.ts";
import { AppError } from "../errors.ts";
import type { Owner } from "./look-at.ts";

/**
 * Where Drover keeps the keys and certificates that it makes or obtains for an app: beside the app's store; not there when that folder is the workers' user's,
 * who could put another in its place.
 * @throws AppError CONTROL_FAILED for a user without a home folder
 */
export function certificateFolder(name: string, { foreign }: Owner, env: NodeJS.ProcessEnv): string {
  const service = env["STATE_DIRECTORY"]?.split(":")[0] || null;
  const app = folderOf(name);
  if (foreign) return `${service ?? homeOf(env).folder}/tls/${app}`;
  return `${service ?? `${homeOf(env).folder}/state`}/${app}/tls`;
}

/**
 * Makes the folder where it is missing, for this process's user alone.
 * @throws AppError TLS_UNREADABLE when it cannot be made, or is open to others
 */
export function openCertificateFolder(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  } catch (cause) {
    throw refuse(folder, `which cannot be made (${(cause as NodeJS.ErrnoException).code})`, cause);
  }
  const user = process.geteuid?.();
  if (user === undefined) return;
  const stats = lstatSync(folder);
  if (!stats.isDirectory()) throw refuse(folder, "got something that is no folder");
  if (stats.uid !== user) throw refuse(folder, `got one of user ${stats.uid}`);
  if ((stats.mode & 0o077) !== 0) throw refuse(folder, `got one that is open to others: chmod 700 ${folder}`);
  const parent = lstatSync(dirname(folder));
  if (parent.uid !== user && parent.uid !== 0) throw refuse(folder, `got one that user ${parent.uid} can replace`);
}

function refuse(folder: string, got: string, cause?: unknown): AppError {
  const message = `expected the folder ${folder} for keys and certificates, of this user alone, ${got}`;
  return new AppError("TLS_UNREADABLE", message, "Set DROVER_HOME to a folder of this user.", { cause });
}

/** Of Linux's statfs(2): tmpfs, ramfs. */
const IN_MEMORY: ReadonlySet<number> = new Set([0x01021994, 0x858458f6]);

/** Whether what is kept there ends with the machine. */
export function isInMemory(folder: string): boolean {
  return process.platform === "linux" && IN_MEMORY.has(statfsSync(folder).type >>> 0);
}
