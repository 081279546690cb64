/** One slot's address, where each slot has one of its own. */
export interface Own {
  readonly slot: number;
  /** The key of what was asked for, the same for all slots: their addresses are a family. */
  readonly of: string;
}

/** A place to listen, after Node has read every way to write it. */
export type Address = (
  | {
      readonly kind: "tcp";
      /** Numeric address; `null`: all addresses, IPv6 with IPv4 where the machine has it, else IPv4. */
      readonly host: string | null;
      readonly port: number;
      readonly family: 4 | 6;
      /** libuv's bind flags, such as IPv6 only. */
      readonly flags: number;
      /** Tells apart several live listeners on port 0 in one worker; 0 for any other port. */
      readonly index: number;
    }
  | {
      readonly kind: "unix";
      readonly path: string;
      /** Whether every user may connect: libuv's mode bits, 1 readable, 2 writable. */
      readonly mode: number;
    }
) & {
  /** Null: shared by all workers of an app whose slots have addresses of their own. Left out: of an app where all is shared. */
  readonly own?: Own | null;
};

/** Of a unix socket's path, in bytes; the kernel's limit. */
export const LONGEST_PATH = 107;

type Spot = { readonly kind: "tcp"; readonly port: number } | { readonly kind: "unix"; readonly path: string };

/** Where a slot of a family listens: port P + slot - 1 (0 stays any free one), `/run/web-2.sock` for `/run/web.sock`. */
export function spotOf<S extends Spot>(asked: S, slot: number): S {
  if (asked.kind === "tcp") return asked.port === 0 ? asked : { ...asked, port: asked.port + slot - 1 };
  return { ...asked, path: asked.path.replace(FILE_NAME, `$1-${slot}$2`) };
}

/** Up to its extension, and that. */
const FILE_NAME = /^(.*?[^/])(\.[^./]*)?$/s;

/** The slot's own address of what was asked for. */
export function ownAddress(asked: Address, slot: number): Address {
  return { ...spotOf(asked, slot), own: { slot, of: addressKey(asked) } };
}

/** Two addresses with the same key share one listener. */
export function addressKey(address: Address): string {
  if (address.kind === "unix") return `unix:${address.path}`;
  const which = address.port === 0 ? `#${address.index}${address.own ? `@${address.own.slot}` : ""}` : "";
  return `${showHost(address.host)}:${address.port}${which}${address.flags === 0 ? "" : `/${address.flags}`}`;
}

/** As a person would write it: `*:3000`, `127.0.0.1:3000`, `[::1]:3000`, `unix:/run/web.sock`. */
export function showAddress(address: Address): string {
  return address.kind === "unix" ? `unix:${address.path}` : `${showHost(address.host)}:${address.port}`;
}

function showHost(host: string | null): string {
  if (host === null) return "*";
  return host.includes(":") ? `[${host}]` : host;
}
