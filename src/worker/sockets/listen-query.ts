import { resolve } from "node:path";
import type { Address } from "../../protocol/address.ts";
import type { Boot } from "../../protocol/ipc.ts";
import type { Place } from "./place.ts";

/** What Node asks a cluster worker's `_getServer` for, after it has read every overload of `listen()`. */
export interface Query {
  readonly address: string | null;
  readonly port: number;
  /** 4, 6, -1 for a unix path, "udp4" or "udp6". */
  readonly addressType: 4 | 6 | -1 | string;
  readonly fd?: number;
  readonly flags?: number;
  readonly readableAll?: boolean;
  readonly writableAll?: boolean;
  readonly backlog?: number | false;
}

export type TcpAddress = Extract<Address, { kind: "tcp" }>;

export function placeOf({ port, address, addressType }: Query): Place {
  return { port, path: addressType === -1 ? address : null };
}

/** Several listens on port 0 are told apart by their index, which is not known here. */
export function addressOf(
  { address, port, addressType, flags = 0, readableAll, writableAll }: Query,
  hostFor: Boot["hostFor"],
): Address {
  if (addressType === -1)
    return { kind: "unix", path: resolve(address ?? ""), mode: (readableAll ? 1 : 0) + (writableAll ? 2 : 0) };
  const preferred = address === null && hostFor?.port === port ? hostFor : null;
  const family = preferred?.family ?? (addressType === 6 ? 6 : 4);
  return { kind: "tcp", host: preferred?.host ?? address, port, family, flags: flags || 0, index: 0 };
}

export function isAnyPort(address: Address): address is TcpAddress {
  return address.kind === "tcp" && address.port === 0;
}
