import { mkdir, stat } from "node:fs/promises";
import { homedir } from "node:os";
import { basename, join, resolve } from "node:path";
import { AppError } from "../errors.ts";

/** Drover's folder: `run` holds a socket for each running app, `logs` the log files of those in the background, `state` what the workers share. */
export interface Home {
  readonly folder: string;
  readonly run: string;
  readonly logs: string;
}

/** @throws AppError CONTROL_FAILED for a user without a home folder */
export function homeOf(env: NodeJS.ProcessEnv): Home {
  const folder = resolve(env["DROVER_HOME"] || join(env["HOME"] || homeOfUser(), ".drover"));
  return { folder, run: join(folder, "run"), logs: join(folder, "logs") };
}

/** A container may run as a user id that no one has given a home. */
function homeOfUser(): string {
  try {
    return homedir();
  } catch (error) {
    throw new AppError("CONTROL_FAILED", "expected this user to have a home folder, got none", HINT, { cause: error });
  }
}

const HINT = "Set DROVER_HOME to a folder that belongs to this user alone.";
const SUFFIX = ".sock";

/** What a unix address holds, in bytes. */
const LONGEST = process.platform === "darwin" ? 103 : 107;
/** Room for the names a socket has on its way (claim.ts): an app's name may be shorter than those. */
const SHORTEST_NAME = 13;

/** @throws AppError CONTROL_FAILED for a path longer than a unix address */
export function socketOf(home: Home, name: string): string {
  const file = fileOf(name) + SUFFIX;
  const bytes = Buffer.byteLength(`${home.run}/`) + Math.max(Buffer.byteLength(file), SHORTEST_NAME);
  const path = join(home.run, file);
  if (bytes <= LONGEST) return path;
  const message = `expected a control socket's path of at most ${LONGEST} bytes, got ${bytes}: ${path}`;
  throw new AppError(
    "CONTROL_FAILED",
    message,
    "Set DROVER_HOME to a folder with a shorter path, or a shorter --name.",
  );
}

/** What the app's primary has running, for whoever comes after its death: see record/record.ts. */
export function recordOf(home: Home, name: string): string {
  return join(home.run, `${fileOf(name)}.record`);
}

export function logOf(home: Home, name: string): string {
  return join(home.logs, `${fileOf(name)}.log`);
}

/** What Node itself says of the end of a primary in the background: empty, unless that has crashed. */
export function crashLogOf(home: Home, name: string): string {
  return join(home.logs, `${fileOf(name)}.stderr`);
}

/** Reports of its workers' deaths. */
export function crashesOf(home: Home, name: string): string {
  return join(home.folder, "crashes", folderOf(name));
}

/** Null: the file is no app's socket. */
export function nameOf(socket: string): string | null {
  const file = basename(socket);
  if (!file.endsWith(SUFFIX) || file === SUFFIX) return null;
  return decoded(file.slice(0, -SUFFIX.length));
}

/** What {@link folderOf} calls so. Null: it calls no folder so. */
export function nameOfFolder(folder: string): string | null {
  const name = decoded(folder);
  return name !== null && folderOf(name) === folder ? name : null;
}

function decoded(file: string): string | null {
  try {
    return decodeURIComponent(file);
  } catch {
    return null;
  }
}

/** What a folder of the app's own is called, in a place that it shares with others. */
export function folderOf(name: string): string {
  const folder = fileOf(name);
  return /^\.{1,2}$/.test(folder) ? folder.replaceAll(".", "%2E") : folder;
}

/** `@scope/web` is a name, but no file's: what a file's name cannot hold is written as in a URL. */
function fileOf(name: string): string {
  return name.toWellFormed().replaceAll(/[%/\p{Cc}]/gu, encodeURIComponent);
}

/**
 * Creates the run folder where it is missing.
 * @throws AppError CONTROL_FAILED when it cannot be created, belongs to another user or is open to others
 */
export async function openRunFolder({ run }: Home): Promise<void> {
  try {
    await mkdir(run, { recursive: true, mode: 0o700 });
  } catch (error) {
    const reason = (error as Error).message;
    const message = `expected the folder ${run} for control sockets, which cannot be created: ${reason}`;
    throw new AppError("CONTROL_FAILED", message, HINT, { cause: error });
  }
  await checkRunFolder(run);
}

/**
 * Whoever can write there can pose as an app's primary, so only the user's own folder will do.
 * @returns Whether it is there
 * @throws AppError CONTROL_FAILED when it is no folder, belongs to another user or is open to others
 */
export async function checkRunFolder(run: string): Promise<boolean> {
  const stats = await stat(run).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return null;
    throw new AppError("CONTROL_FAILED", `expected the folder ${run}, got: ${error.message}`, HINT, { cause: error });
  });
  if (stats === null) return false;
  const user = process.geteuid?.();
  const refuse = (got: string, hint = HINT): AppError =>
    new AppError("CONTROL_FAILED", `expected ${run} to be a folder of this user alone, got ${got}`, hint);
  if (!stats.isDirectory()) throw refuse("something that is no folder");
  if (user !== undefined && stats.uid !== user) throw refuse(`one of user ${stats.uid} (this is user ${user})`);
  const mode = stats.mode & 0o777;
  if ((mode & 0o077) !== 0) throw refuse(`one that is open to others (mode ${mode.toString(8)})`, `chmod 700 ${run}`);
  return true;
}
