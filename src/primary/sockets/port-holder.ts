import { existsSync, readFileSync, readdirSync, readlinkSync } from "node:fs";
import type { Address } from "../../protocol/address.ts";

/** Who listens on a port, where /proc tells; only processes of the same user show their descriptors, unless we are root. */
export interface Holder {
  readonly pid: number;
  readonly command: string;
}

const TCP_SOCKETS = "/proc/net/tcp";
const UNIX_SOCKETS = "/proc/net/unix";

const LISTEN = "0A";
/** The kernel's flag of a unix socket that listens. */
const ACCEPTS = "00010000";

export function holderOfPort(port: number): Holder | null {
  return findHolder(inodesOfPort(port));
}

export function holderOfPath(path: string): Holder | null {
  return findHolder(inodesOfPath(path));
}

function inodesOfPort(port: number): string[] {
  return [...listeningInodes(TCP_SOCKETS, port), ...listeningInodes("/proc/net/tcp6", port)];
}

/** Columns of /proc/net/unix: 3 = flags, 6 = inode, 7 = path. The connections that were accepted there have the path, too. */
function inodesOfPath(path: string): string[] {
  const rows = readRows(UNIX_SOCKETS).filter((fields) => fields[7] === path && fields[3] === ACCEPTS);
  return rows.map((fields) => fields[6] ?? "");
}

/** Whether that process has the socket that listens there; null where nobody can tell, as without /proc. */
export function holds(pid: number, address: Address): boolean | null {
  const [table, inodes] =
    address.kind === "unix" ? [UNIX_SOCKETS, inodesOfPath(address.path)] : [TCP_SOCKETS, inodesOfPort(address.port)];
  return existsSync(table) ? holdsOneOf(String(pid), linksOf(inodes)) : null;
}

/** Columns of /proc/net/tcp: 1 = local address as HEX:PORT, 3 = state, 9 = inode. */
function listeningInodes(file: string, port: number): string[] {
  const suffix = `:${port.toString(16).toUpperCase().padStart(4, "0")}`;
  return readRows(file).flatMap((fields) =>
    fields[1]?.endsWith(suffix) && fields[3] === LISTEN && fields[9] ? [fields[9]] : [],
  );
}

function readRows(file: string): string[][] {
  const text = attempt(() => readFileSync(file, "utf8")) ?? "";
  return text
    .split("\n")
    .slice(1)
    .map((line) => line.trim().split(/\s+/));
}

function linksOf(inodes: readonly string[]): ReadonlySet<string> {
  return new Set(inodes.map((inode) => `socket:[${inode}]`));
}

function findHolder(inodes: readonly string[]): Holder | null {
  if (inodes.length === 0) return null;
  const links = linksOf(inodes);
  const pids = (attempt(() => readdirSync("/proc")) ?? []).filter((name) => /^\d+$/.test(name));
  const pid = pids.find((candidate) => holdsOneOf(candidate, links));
  return pid === undefined ? null : { pid: Number(pid), command: commandOf(pid) };
}

function holdsOneOf(pid: string, links: ReadonlySet<string>): boolean {
  const descriptors = attempt(() => readdirSync(`/proc/${pid}/fd`)) ?? [];
  return descriptors.some((fd) => links.has(attempt(() => readlinkSync(`/proc/${pid}/fd/${fd}`)) ?? ""));
}

function commandOf(pid: string): string {
  const line = attempt(() => readFileSync(`/proc/${pid}/cmdline`, "utf8")) ?? "";
  return line.split("\0").join(" ").trim() || "unknown command";
}

/** Processes come and go while we look, and other users' are closed to us. */
function attempt<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
