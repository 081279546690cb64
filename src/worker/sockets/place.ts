import { resolve } from "node:path";
import type { Boot } from "../../protocol/ipc.ts";

/** Where a server wants to listen. */
export interface Place {
  readonly port: number;
  /** Of a unix socket. */
  readonly path: string | null;
}

/** Whether it is an address that the user has named for the app. */
export function isNamed(place: Place, { named, addresses }: Pick<Boot, "named" | "addresses">): boolean {
  if (!named) return false;
  return addresses.some((address) => {
    return isSame(place, "path" in address ? { port: -1, path: address.path } : { port: address.port, path: null });
  });
}

/** On whatever host: an app may listen on several of the same machine. */
export function isSame(one: Place, other: Place): boolean {
  if (one.path === null || other.path === null) return one.path === other.path && one.port === other.port;
  return resolve(one.path) === resolve(other.path);
}
