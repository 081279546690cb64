import { isIPv4, isIPv6 } from "node:net";
import type { WrittenAddress } from "../../config/address.ts";
import { showValue } from "../../config/show.ts";
import { AppError } from "../../errors.ts";
import { LONGEST_PATH } from "../../protocol/address.ts";
import { quote } from "./quote.ts";

/**
 * An address as a `server` of an upstream: where all addresses are listened on, the one of this machine.
 * @throws AppError ADDRESS_INVALID for what nginx cannot read
 */
export function serverAddress(address: WrittenAddress): string {
  if (address.kind === "unix") return quote(`unix:${socketPath(address.path)}`);
  return `${hostOf(address.host)}:${address.port}`;
}

function hostOf(host: string | null): string {
  if (host === null || host === "0.0.0.0") return "127.0.0.1";
  if (host === "::") return "[::1]";
  if (isIPv4(host)) return host;
  if (/^::ffff:\d+(\.\d+){3}$/.test(host) && isIPv6(host)) return `[${host}]`;
  // As a URL has it: nginx does not take every "::".
  if (isIPv6(host) && !host.includes("%")) return new URL(`http://[${host}]`).hostname;
  if (/^[A-Za-z0-9_]([A-Za-z0-9_.-]*[A-Za-z0-9_])?\.?$/.test(host)) return host;
  throw refused("a host name or IP address", host);
}

function socketPath(path: string): string {
  if (/\p{Cc}/u.test(path)) throw refused("a path of characters that can be seen", path);
  if (Buffer.byteLength(path) <= LONGEST_PATH) return path;
  throw refused(`a unix socket with a path of at most ${LONGEST_PATH} bytes`, path);
}

function refused(expected: string, got: string): AppError {
  const message = `expected ${expected} for nginx, got ${showValue(got)}`;
  return new AppError("ADDRESS_INVALID", message, "Give another --listen or --host.");
}
