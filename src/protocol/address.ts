/** A place to listen, after Node has read every way to write it. */
export type Address =
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
    };

/** Two addresses with the same key share one listener. */
export function addressKey(address: Address): string {
  if (address.kind === "unix") return `unix:${address.path}`;
  const which = address.port === 0 ? `#${address.index}` : "";
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
