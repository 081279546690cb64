import { parseAddress } from "../../config/address.ts";
import { boundAddresses } from "../../config/bound-addresses.ts";
import type { Resolved } from "../../config/config.ts";
import { plannedRedirects } from "../../config/planned-redirects.ts";
import { AppError } from "../../errors.ts";

/**
 * The ports of the app that are open to the outside; none: it serves nothing.
 * @throws AppError USAGE where nobody outside of the container would reach it
 */
export function portsOf({ config, origins }: Resolved): readonly number[] {
  if (config.listen === false) return [];
  const addresses = boundAddresses({ config, origins });
  const tcp = addresses.filter((address) => address.kind === "tcp");
  const open = tcp.filter(({ host }) => !isLoopback(host)).map(({ port }) => port);
  if (open.length === 0 && addresses.length > 0) {
    const got = tcp[0] === undefined ? "a unix socket" : `${tcp[0].host}:${tcp[0].port}`;
    const message = `expected an address that can be reached from outside of the container, got ${got}`;
    throw new AppError("USAGE", message, "Add --host 0.0.0.0 -p 3000.");
  }
  const ports = addresses.length === 0 ? [config.port] : open;
  if (!ports.includes(0)) return ports;
  throw new AppError("USAGE", "expected a port that is known beforehand, got 0", "Add -p 3000.");
}

function isLoopback(host: string | null): boolean {
  return host === "localhost" || host === "::1" || host?.startsWith("127.") === true;
}

/** A port for the health endpoints that is none of the app's: 9000 where that is free. */
export function freeAdmin(resolved: Resolved): string {
  const all = [...boundAddresses(resolved), ...plannedRedirects(resolved.config)];
  const taken = new Set(all.map((address) => (address.kind === "tcp" ? address.port : null)));
  let port = 9000;
  while (taken.has(port)) port += 1;
  return String(port);
}

/** Where the health endpoints are, as options of `http.get` inside of the container. */
export function adminOf(written: string): Readonly<Record<string, string | number>> {
  const address = parseAddress(written);
  if (address === null || address.kind === "unix") return { socketPath: address?.path ?? "" };
  const { host, port } = address;
  return { host: host === null || host === "0.0.0.0" ? "127.0.0.1" : host === "::" ? "::1" : host, port };
}
