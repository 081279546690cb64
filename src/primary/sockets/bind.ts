import { once } from "node:events";
import { existsSync, lchownSync, unlinkSync } from "node:fs";
import net from "node:net";
import { constants } from "node:os";
import { dirname } from "node:path";
import { AppError } from "../../errors.ts";
import { LONGEST_PATH, showAddress, type Address } from "../../protocol/address.ts";
import { holderOfPath, holderOfPort, type Holder } from "./port-holder.ts";
import { isSocketFile } from "./socket-file.ts";

/** A socket that is bound and accepts nothing: libuv's own handle. Keep a reference, collecting it closes the socket. */
export interface SocketHandle {
  readonly fd: number;
  /** Of a TCP socket only. */
  getsockname?(out: { address?: string; port?: number }): number;
  /** Of a TCP socket only; fails where nobody is connected. */
  getpeername?(out: object): number;
  /** Of a unix socket only. */
  fchmod?(mode: number): number;
  close(): void;
}

/**
 * Not documented, but what node:cluster itself binds with, and the only way that gives both a descriptor to inherit
 * and a handle to send to any number of workers on Node 22, 24 and 26. Answers a negative errno on failure.
 */
type CreateServerHandle = (
  address: string | null,
  port: number | null,
  family: 4 | 6 | -1 | null,
  fd: number,
  flags?: number,
) => SocketHandle | number;

const createServerHandle = (net as unknown as { _createServerHandle: CreateServerHandle })._createServerHandle;

/** Takes over a descriptor that somebody else has bound; a negative errno when it is no stream socket. */
export function fromDescriptor(fd: number): SocketHandle | number {
  return createServerHandle(null, null, null, fd);
}

/** For chown: leave the user, or the group, as it is. */
const UNCHANGED = -1;

/** What the file of a unix socket is to be. */
export interface SocketFile {
  /** Octal digits; null: as the umask has it. */
  readonly mode: string | null;
  /** Left out: this process's own. */
  readonly uid?: number | undefined;
  readonly gid?: number | undefined;
}

/** Binds an address. Answers the handle, or a negative errno as Node's own listen would give to the app. */
export async function bind(address: Address, file: SocketFile = { mode: null }): Promise<SocketHandle | number> {
  if (address.kind === "tcp") return bindTcp(address);
  const handle = await bindUnix(address.path, file.mode);
  if (typeof handle === "number") return handle;
  const error = giveAway(address.path, file);
  if (error !== 0) {
    handle.close();
    return error;
  }
  if (address.mode !== 0) handle.fchmod?.(address.mode);
  return handle;
}

/** Nobody listens yet, so nobody comes in between. Answers 0 or a negative errno. */
function giveAway(path: string, { uid, gid }: SocketFile): number {
  if (uid === undefined && gid === undefined) return 0;
  try {
    // Not chown, which would follow a link that the folder's owner has put there.
    lchownSync(path, uid ?? UNCHANGED, gid ?? UNCHANGED);
    return 0;
  } catch (error) {
    return (error as NodeJS.ErrnoException).errno ?? -constants.errno.EPERM;
  }
}

function bindTcp(address: Extract<Address, { kind: "tcp" }>): SocketHandle | number {
  const handle = createServerHandle(address.host, address.port, address.family, -1, address.flags);
  if (typeof handle === "number") return handle;
  // libuv keeps bind's EADDRINUSE for later; unasked, it would listen on a port of the kernel's choice.
  const error = handle.getsockname?.({}) ?? 0;
  if (error === 0) return handle;
  handle.close();
  return error;
}

async function bindUnix(path: string, mode: string | null): Promise<SocketHandle | number> {
  if (Buffer.byteLength(path) > LONGEST_PATH) return -constants.errno.ENAMETOOLONG;
  const handle = createUnix(path, mode);
  return handle === -constants.errno.EADDRINUSE && (await clearStale(path)) ? createUnix(path, mode) : handle;
}

/** It is made with its mode: chmod would come a moment later, and follow a link. */
function createUnix(path: string, mode: string | null): SocketHandle | number {
  if (mode === null) return createServerHandle(path, -1, -1, -1);
  const before = process.umask(0o777 & ~Number.parseInt(mode, 8));
  try {
    return createServerHandle(path, -1, -1, -1);
  } finally {
    process.umask(before);
  }
}

/** Removes a socket file that nobody answers on; answers whether there was one. */
export async function clearStale(path: string): Promise<boolean> {
  if (!(await isStale(path))) return false;
  try {
    unlinkSync(path);
    return true;
  } catch {
    // Another user's, in a folder where only they may remove it.
    return false;
  }
}

/** A socket file outlives a process that was killed. Any other file at that path is somebody's data. */
async function isStale(path: string): Promise<boolean> {
  if (isSocketFile(path) !== true) return false;
  const probe = net.connect(path);
  try {
    await once(probe, "connect");
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "ECONNREFUSED";
  } finally {
    probe.destroy();
  }
}

/** What a failed bind means to the person who chose the address. */
export function bindError(address: Address, errno: number): AppError {
  const where = showAddress(address);
  if (errno === -constants.errno.EADDRINUSE && !isForeignFile(address)) {
    const holder = address.kind === "tcp" ? holderOfPort(address.port) : holderOfPath(address.path);
    return new AppError(
      "ADDRESS_IN_USE",
      `${where} is in use${byWhom(holder)}`,
      address.kind === "tcp"
        ? "Stop that process or choose another port with -p."
        : "Stop that process or choose another path.",
    );
  }
  const obstacle = address.kind === "unix" ? obstacleAt(address.path) : null;
  if (obstacle)
    return new AppError("ADDRESS_INVALID", `cannot listen on ${where}: ${obstacle}`, "Choose another path.");
  if (errno === -constants.errno.EACCES || errno === -constants.errno.EPERM) {
    return new AppError("ADDRESS_FORBIDDEN", `this user may not listen on ${where}`, forbiddenHint(address));
  }
  if (errno === -constants.errno.ENAMETOOLONG) {
    return new AppError(
      "ADDRESS_INVALID",
      `${where} is longer than the ${LONGEST_PATH} bytes a unix socket's path may have`,
    );
  }
  return new AppError(
    "ADDRESS_UNAVAILABLE",
    `cannot listen on ${where}: ${errnoName(errno)}`,
    "Is it an address of this machine?",
  );
}

function isForeignFile(address: Address): boolean {
  return address.kind === "unix" && isSocketFile(address.path) === false;
}

/** What libuv reports as a lack of permission or as a taken address, and is neither. */
function obstacleAt(path: string): string | null {
  const folder = dirname(path);
  if (!existsSync(folder)) return `there is no folder ${folder}`;
  return isForeignFile({ kind: "unix", path, mode: 0 }) ? "a file that is no socket is there" : null;
}

function byWhom(holder: Holder | null): string {
  return holder ? ` by pid ${holder.pid} (${holder.command})` : "";
}

function forbiddenHint(address: Address): string {
  if (address.kind === "unix") {
    return "Its folder must be writable for this user; and to give it to the user of the workers takes CAP_CHOWN.";
  }
  return "Ports below 1024 need root (start as root with --user to run the app unprivileged) or the capability CAP_NET_BIND_SERVICE.";
}

function errnoName(errno: number): string {
  const found = Object.entries(constants.errno).find(([, value]) => value === -errno);
  return found ? found[0] : `error ${errno}`;
}
