import { readFileSync, readdirSync, readlinkSync } from "node:fs";

/** Who listens on a port, where /proc tells; only processes of the same user show their descriptors, unless we are root. */
export interface Holder {
  readonly pid: number;
  readonly command: string;
}

const LISTEN = "0A";

export function holderOfPort(port: number): Holder | null {
  const inodes = new Set([...listeningInodes("/proc/net/tcp", port), ...listeningInodes("/proc/net/tcp6", port)]);
  return inodes.size === 0 ? null : findHolder(inodes);
}

export function holderOfPath(path: string): Holder | null {
  const rows = readRows("/proc/net/unix").filter((fields) => fields[7] === path);
  return findHolder(new Set(rows.map((fields) => fields[6] ?? "")));
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

function findHolder(inodes: ReadonlySet<string>): Holder | null {
  const links = new Set([...inodes].map((inode) => `socket:[${inode}]`));
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
