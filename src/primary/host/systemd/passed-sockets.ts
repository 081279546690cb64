import { unlinkSync } from "node:fs";
import { parseAddress, type WrittenAddress } from "../../../config/address.ts";
import { overlap } from "../../../config/bound-addresses.ts";
import type { Resolved } from "../../../config/config.ts";
import { spotsOf } from "../../../config/per-slot.ts";
import { plannedRedirects } from "../../../config/planned-redirects.ts";
import { addressKey, showAddress, type Address } from "../../../protocol/address.ts";
import { areNamed } from "../../sockets/addresses.ts";
import type { SocketHandle } from "../../sockets/bind.ts";
import { isSocketFile } from "../../sockets/socket-file.ts";

export interface Passed {
  /** The `FileDescriptorName=` of its socket unit, by default the unit's own. Null: no unit's, but inherited from the primary before. */
  readonly name: string | null;
  /** What the primary before was asked for; null: there was none. */
  readonly key: string | null;
  readonly address: Address;
  readonly handle: SocketHandle;
}

const EVERYWHERE = new Set([null, "::", "0.0.0.0"]);

/** One of systemd's that nobody listens on. */
export interface Unused {
  readonly name: string;
  readonly address: Address;
  readonly handle: SocketHandle;
}

/**
 * Sockets that somebody else has bound: systemd, which holds them, so that whoever comes while the service starts anew waits in their queues; or the primary
 * before this one. They serve every listen on their address, whoever asks for it.
 */
export class PassedSockets {
  readonly #all: Passed[];
  readonly #taken = new Set<SocketHandle>();
  /** Another primary still serves at what was inherited, or does so again: files of sockets are then not ours to remove. */
  leads: boolean;

  constructor(all: readonly Passed[], leads = true) {
    this.#all = [...all];
    this.leads = leads;
  }

  /** systemd's, in the order of the descriptors, as `listen` takes them. */
  addresses(): readonly string[] {
    const held = this.#all.filter(isHeldOutside);
    return held.map(({ address }) => {
      const alone = held.filter((other) => isFor(other.address, address)).length === 1;
      return showAddress(alone ? openToAll(address) : address);
    });
  }

  /** The socket for an address, the very same one first; null when none was passed, or it is in use. */
  take(address: Address): SocketHandle | null {
    const asked = addressKey(address);
    const free = this.#all.filter((one) => !this.#taken.has(one.handle));
    const fitting = free.filter((one) => isFor(one.address, address));
    const passed =
      free.find(({ key }) => key === asked) ?? fitting.find((one) => isSame(one.address, address)) ?? fitting[0];
    if (!passed) return null;
    this.#taken.add(passed.handle);
    return passed.handle;
  }

  has(handle: SocketHandle): boolean {
    return this.#taken.has(handle);
  }

  /** The name by which somebody holds it who outlives us. */
  nameOf(handle: SocketHandle): string | null {
    return this.#all.find((one) => one.handle === handle)?.name ?? null;
  }

  /**
   * What is held outside is not closed: the address stays bound, so this is the only way to listen on it again. What was inherited goes, and its file with it.
   * Answers whether it was one of these.
   */
  giveBack(handle: SocketHandle): boolean {
    const given = this.#all.find((one) => one.handle === handle);
    if (!given || !this.#taken.delete(handle)) return false;
    if (!isHeldOutside(given)) this.#close(given);
    return true;
  }

  /** What was inherited and nobody has asked for: our copy would keep taking connections that nobody answers. */
  dropUnused(): void {
    const unused = this.#all.filter((one) => !isHeldOutside(one) && !this.#taken.has(one.handle));
    for (const one of unused) this.#close(one);
  }

  /** What was inherited and is in use: as whom the primary before knows it. */
  kept(): readonly string[] {
    return this.#all.flatMap(({ key, handle }) => (key !== null && this.#taken.has(handle) ? [key] : []));
  }

  /** Those of systemd's. */
  unused(): readonly Unused[] {
    return this.#all.flatMap(({ name, address, handle }) => {
      return name === null || this.#taken.has(handle) ? [] : [{ name, address, handle }];
    });
  }

  #close(one: Passed): void {
    this.#all.splice(this.#all.indexOf(one), 1);
    // The file first: from then on its path may be somebody else's.
    if (this.leads && one.address.kind === "unix") removeSocket(one.address.path);
    one.handle.close();
  }
}

function isHeldOutside({ name }: Passed): boolean {
  return name !== null;
}

/** libuv removes the file of a socket only where it has bound it itself. */
function removeSocket(path: string): void {
  try {
    if (isSocketFile(path)) unlinkSync(path);
  } catch {
    // Gone already, or in a folder where others may remove it alone.
  }
}

/** Where no socket is passed. */
export function noSockets(): PassedSockets {
  return new PassedSockets([]);
}

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
