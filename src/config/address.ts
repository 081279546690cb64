import { isIPv6 } from "node:net";

/** An address as a user writes it: the host may still be a name. `host: null` is every address of the machine, IPv6 and IPv4. */
export type WrittenAddress =
  | { readonly kind: "tcp"; readonly host: string | null; readonly port: number }
  | { readonly kind: "unix"; readonly path: string };

/**
 * Reads `3000`, `:3000`, `127.0.0.1:3000`, `[::1]:3000`, `localhost:3000` and `unix:/run/web.sock`.
 * Answers null for anything else, a port above 65535 included.
 */
export function parseAddress(text: string): WrittenAddress | null {
  if (text.startsWith("unix:")) return parseUnix(text.slice("unix:".length));
  const match = /^(?:(?<host>\[[^[\]]+\]|[^:[\]/\s]*):)?(?<port>\d{1,5})$/.exec(text);
  const port = Number(match?.groups?.["port"] ?? Number.NaN);
  if (!(port <= 65_535)) return null;
  const host = match?.groups?.["host"] ?? "";
  if (host === "" || host === "*") return { kind: "tcp", host: null, port };
  return parseHost(host, port);
}

function parseUnix(path: string): WrittenAddress | null {
  return path === "" || path.endsWith("/") ? null : { kind: "unix", path };
}

function parseHost(host: string, port: number): WrittenAddress | null {
  if (!host.startsWith("[")) return { kind: "tcp", host, port };
  const bare = host.slice(1, -1);
  return isIPv6(bare) ? { kind: "tcp", host: bare, port } : null;
}
