import { isIP } from "node:net";
import { parseAddress, type WrittenAddress } from "../../config/address.ts";
import type { Config, Resolved } from "../../config/config.ts";
import { AppError } from "../../errors.ts";
import type { Address } from "../../protocol/address.ts";
import type { ListenOptions } from "../../protocol/ipc.ts";

/** Where an exported app is to listen. Empty for a background worker. */
export function plannedAddresses({ listen, host, port }: Config): readonly WrittenAddress[] {
  if (listen === false) return [];
  const written = listen.map(parseAddress).filter((address) => address !== null);
  return written.length > 0 ? written : [{ kind: "tcp", host, port }];
}

/**
 * Whether the user named the addresses. Only then are they bound before any worker starts, so that a taken port is reported at once;
 * an app that listens by itself need not touch the default.
 */
export function areNamed({ origins, config }: Resolved): boolean {
  if (config.listen === false) return false;
  return ["listen", "host", "port"].some((key) => (origins[key] ?? "default") !== "default");
}

export function toListenOptions(address: WrittenAddress): ListenOptions {
  if (address.kind === "unix") return { path: address.path };
  return address.host === null ? { port: address.port } : { port: address.port, host: address.host };
}

/**
 * The address Node would ask for after `server.listen()` with these options: names become numbers here too.
 * @param origin where the host's name came from; some shells set `HOST` to something else entirely
 * @throws AppError ADDRESS_UNAVAILABLE for a name that leads nowhere
 */
export async function toAddress(address: WrittenAddress, origin: string): Promise<Address> {
  if (address.kind === "unix") return { ...address, mode: 0 };
  const tcp = { kind: "tcp", port: address.port, flags: 0, index: 0 } as const;
  if (address.host === null) return { ...tcp, host: null, family: 4 };
  const family = isIP(address.host);
  if (family !== 0) return { ...tcp, host: address.host, family: family === 6 ? 6 : 4 };
  const { lookup } = await import("node:dns/promises");
  const found = await lookup(address.host).catch((cause: unknown) => {
    const message = `expected an address or a name of this machine as host, got "${address.host}" (${origin})`;
    throw new AppError("ADDRESS_UNAVAILABLE", message, "Give --host, or unset the variable.", { cause });
  });
  return { ...tcp, host: found.address, family: found.family === 6 ? 6 : 4 };
}
