import { readFileSync, readlinkSync } from "node:fs";
import type { Address } from "../../../protocol/address.ts";
import { fromDescriptor, type SocketHandle } from "../../sockets/bind.ts";
import type { SocketsPassed } from "./environment.ts";
import { PassedSockets, noSockets, type Passed } from "./passed-sockets.ts";

/** systemd passes them from here on. */
const FIRST_FD = 3;

/** `problem`: why some or all of them cannot be used. */
export function receiveSockets(
  sockets: SocketsPassed | null,
  pid: number,
): { readonly passed: PassedSockets; readonly problems: readonly string[] } {
  if (sockets === null) return { passed: noSockets(), problems: [] };
  if (sockets.pid !== pid) return { passed: noSockets(), problems: [notForUs(sockets.pid, pid)] };
  const all: Passed[] = [];
  const problems: string[] = [];
  for (let index = 0; index < sockets.count; index += 1) {
    const received = receive(FIRST_FD + index, sockets.names[index] || "unknown");
    if (typeof received === "string") problems.push(received);
    else all.push(received);
  }
  return { passed: new PassedSockets(all), problems };
}

function notForUs(theirs: number, ours: number): string {
  return (
    `systemd passed sockets to process ${theirs}, and this is process ${ours}: they are not used. ` +
    "Start Drover itself in ExecStart, without npm, npx or a shell before it"
  );
}

function receive(fd: number, name: string): Passed | string {
  const handle = fromDescriptor(fd);
  if (typeof handle === "number") return `descriptor ${fd} (${name}) is no stream socket: it is not used`;
  const address = handle.getsockname ? tcpAddress(handle) : unixAddress(fd);
  if (address) return { name, key: null, address, handle };
  handle.close();
  return `descriptor ${fd} (${name}) is nothing to accept on: it is not used`;
}

/** `null` for a connection, which a unit with `Accept=yes` passes. */
export function tcpAddress(handle: SocketHandle): Address | null {
  if (handle.getpeername?.({}) === 0) return null;
  const bound: { address?: string; port?: number } = {};
  handle.getsockname?.(bound);
  const { address = "::", port = 0 } = bound;
  return { kind: "tcp", host: address, port, family: address.includes(":") ? 6 : 4, flags: 0, index: 0 };
}

/**
 * Of a unix socket only the kernel's table knows the path. Columns of /proc/net/unix: 3 = flags, 6 = inode, 7 = path; `null` for a connection and for
 * a name that is no path.
 */
function unixAddress(fd: number): Address | null {
  const inode = /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/self/fd/${fd}`))?.[1];
  const rows = readFileSync("/proc/self/net/unix", "utf8")
    .split("\n")
    .map((row) => row.split(/ +/));
  const row = rows.find((columns) => columns[6] === inode && columns[3] === ACCEPTS);
  const path = row?.slice(7).join(" ");
  return path?.startsWith("/") ? { kind: "unix", path, mode: 0 } : null;
}

/** The kernel's flag of a socket that listens. */
const ACCEPTS = "00010000";
