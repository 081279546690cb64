import { readFileSync, readlinkSync } from "node:fs";
import { parseAddress, type WrittenAddress } from "../../../config/address.ts";
import { overlap } from "../../../config/bound-addresses.ts";
import type { Resolved } from "../../../config/config.ts";
import { spotsOf } from "../../../config/per-slot.ts";
import { plannedRedirects } from "../../../config/planned-redirects.ts";
import { showAddress, type Address } from "../../../protocol/address.ts";
import { areNamed } from "../../sockets/addresses.ts";
import { fromDescriptor, type SocketHandle } from "../../sockets/bind.ts";
import type { SocketsPassed } from "./environment.ts";

interface Passed {
  /** The `FileDescriptorName=` of its socket unit, by default the unit's own. */
  readonly name: string;
  readonly address: Address;
  readonly handle: SocketHandle;
}

/** systemd passes them from here on. */
const FIRST_FD = 3;

const EVERYWHERE = new Set([null, "::", "0.0.0.0"]);

/**
 * Sockets that systemd has bound and holds: whoever comes while the service starts anew waits in their queues. They serve every listen on their
 * address, whoever asks for it.
 */
export class PassedSockets {
  readonly #all: readonly Passed[];
  readonly #taken = new Set<SocketHandle>();

  constructor(all: readonly Passed[]) {
    this.#all = all;
  }

  /** In the order of the descriptors, as `listen` takes them. */
  addresses(): readonly string[] {
    return this.#all.map(({ address }) => {
      const alone = this.#all.filter((other) => isFor(other.address, address)).length === 1;
      return showAddress(alone ? openToAll(address) : address);
    });
  }

  /** The socket for an address, the very same one first; null when none was passed, or it is in use. */
  take(address: Address): SocketHandle | null {
    const free = this.#all.filter((one) => !this.#taken.has(one.handle) && isFor(one.address, address));
    const passed = free.find((one) => isSame(one.address, address)) ?? free[0];
    if (!passed) return null;
    this.#taken.add(passed.handle);
    return passed.handle;
  }

  /** Not closed: the address stays bound, so this is the only way to listen on it again. Answers whether it was one of these. */
  giveBack(handle: SocketHandle): boolean {
    return this.#taken.delete(handle);
  }

  unused(): readonly { readonly name: string; readonly address: string }[] {
    const free = this.#all.filter(({ handle }) => !this.#taken.has(handle));
    return free.map(({ name, address }) => ({ name, address: showAddress(address) }));
  }
}

/** Where no socket is passed. */
export function noSockets(): PassedSockets {
  return new PassedSockets([]);
}

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
  if (address) return { name, address, handle };
  handle.close();
  return `descriptor ${fd} (${name}) is nothing to accept on: it is not used`;
}

/** `null` for a connection, which a unit with `Accept=yes` passes. */
function tcpAddress(handle: SocketHandle): Address | null {
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

/** Whether a socket bound to `bound` serves a listen on `asked`. */
function isFor(bound: Address, asked: Address): boolean {
  if (bound.kind === "unix" || asked.kind === "unix")
    return bound.kind === "unix" && asked.kind === "unix" && bound.path === asked.path;
  if (bound.port !== asked.port) return false;
  return bound.host === asked.host || (EVERYWHERE.has(bound.host) && EVERYWHERE.has(asked.host));
}

/** All addresses, as Node means it, is IPv6 with IPv4. */
function isSame(bound: Address, asked: Address): boolean {
  return bound.kind === "tcp" && asked.kind === "tcp" && bound.host === (asked.host ?? "::");
}

function openToAll(address: Address): Address {
  return address.kind === "tcp" && EVERYWHERE.has(address.host) ? { ...address, host: null } : address;
}

/** One for plain HTTP that is sent on to HTTPS is not the app's. */
function withoutRedirects(addresses: readonly string[], config: Resolved["config"]): readonly string[] {
  const redirects = plannedRedirects(config);
  return addresses.filter((text) => {
    const address = parseAddress(text);
    return !address || !redirects.some((one) => overlap(one, address));
  });
}

/** With an address for each slot, a socket that is a later slot's comes with the one it is counted from. */
function basesOf(addresses: readonly string[], config: Resolved["config"]): readonly string[] {
  if (!config.perSlot) return addresses;
  const taken: WrittenAddress[] = [];
  return addresses.filter((text) => {
    const address = parseAddress(text);
    if (!address || taken.some((one) => overlap(one, address))) return false;
    return taken.push(...spotsOf(address, config)) > 0;
  });
}

/** Where the user named no address, the passed ones are those to listen on: an exported app does, and `PORT` says the first. */
export function withPassed(resolved: Resolved, passed: PassedSockets): Resolved {
  const addresses = basesOf(withoutRedirects(passed.addresses(), resolved.config), resolved.config);
  if (addresses.length === 0 || resolved.config.listen === false || areNamed(resolved)) return resolved;
  return {
    ...resolved,
    config: { ...resolved.config, listen: addresses },
    origins: { ...resolved.origins, listen: "systemd's sockets" },
  };
}
