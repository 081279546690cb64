import { parseAddress, type WrittenAddress } from "../../config/address.ts";
import type { Resolved } from "../../config/config.ts";
import { speaksTls } from "../../config/tls.ts";
import { AppError } from "../../errors.ts";
import { slotAddress } from "./slot-address.ts";
import type { Upstream } from "./upstream.ts";

export interface Servers extends Pick<Upstream, "shape" | "servers"> {
  /** On which machine: `null` for other machines. Of several addresses it is the first. */
  readonly local: WrittenAddress | null;
}

/**
 * Where nginx finds the app: on the machines that are named, or here.
 * @throws AppError CONFIG_INVALID, or USAGE where a flag said so, for an app without an address that nginx could know
 */
export function serversOf(resolved: Resolved, perSlot: boolean, machines: readonly WrittenAddress[]): Servers {
  const { listen, host, port, workers } = resolved.config;
  if (listen === false) {
    const hint = "A background worker needs no nginx. Otherwise leave --no-listen out.";
    throw wrong(resolved, "listen", "an app that serves", "false", hint);
  }
  if (machines.length > 0) return { shape: "machines", servers: machines, local: null };
  const [first] = listen;
  const local = (first === undefined ? null : parseAddress(first)) ?? { kind: "tcp", host, port };
  if (local.kind === "tcp" && local.port === 0) {
    const hint = "Give -p 3000, say, or --listen unix:/run/shop.sock.";
    throw wrong(
      resolved,
      first === undefined ? "port" : "listen",
      "a port that nginx can know",
      "0, any free one",
      hint,
    );
  }
  if (!perSlot) return { shape: "one", servers: [local], local };
  return { shape: "slots", servers: Array.from({ length: workers }, (_, slot) => slotAddress(local, slot + 1)), local };
}

/** Throws CONFIG_INVALID, or USAGE where a flag said so, for an app that would listen where nginx on the same machine does. */
export function refuseSharedPort(resolved: Resolved, servers: Servers, nginxPorts: readonly number[]): void {
  if (servers.local === null) return;
  const taken = [...servers.servers, ...redirects(resolved)].find(
    (address) => address.kind === "tcp" && nginxPorts.includes(address.port),
  );
  if (taken?.kind !== "tcp") return;
  const key = servers.servers.includes(taken) ? keyOfAddress(resolved) : "tls.redirect";
  const hint =
    "Give the app another one, -p 3000 say, and --tls off where nginx has the certificate; or --nginx-port to nginx.";
  throw wrong(resolved, key, "another port than nginx's own", String(taken.port), hint);
}

function redirects({ config: { tls } }: Resolved): readonly WrittenAddress[] {
  if (tls.redirect === false || !speaksTls(tls)) return [];
  return tls.redirect.map(parseAddress).filter((address) => address !== null);
}

/** The option that says where the app listens. */
function keyOfAddress({ config }: Resolved): string {
  return config.listen !== false && config.listen.length > 0 ? "listen" : "port";
}

function wrong({ origins }: Resolved, key: string, expected: string, got: string, hint: string): AppError {
  const origin = origins[key] ?? "default";
  const code = origin.startsWith("flag") ? "USAGE" : "CONFIG_INVALID";
  return new AppError(code, `${origin}, ${key}: expected ${expected}, got ${got}`, hint);
}
