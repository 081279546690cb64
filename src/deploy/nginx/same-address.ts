import { isIPv4 } from "node:net";
import type { WrittenAddress } from "../../config/address.ts";
import { LONGEST_PATH } from "../../protocol/address.ts";

/**
 * The same address of this machine, written in another way: nginx keeps idle connections for each way apart. IPv4 as IPv6 has it, a path with a
 * detour; what there is only one way to write comes back as it is.
 */
export function sameAddress(address: WrittenAddress): WrittenAddress {
  if (address.kind === "unix") return { ...address, path: detour(address.path) };
  const { host } = address;
  if (host === null || host === "0.0.0.0") return { ...address, host: "::ffff:127.0.0.1" };
  return isIPv4(host) ? { ...address, host: `::ffff:${host}` } : address;
}

function detour(path: string): string {
  const longer = path.replace(/[^/]*$/, "./$&");
  return Buffer.byteLength(longer) <= LONGEST_PATH ? longer : path;
}
