import { parseAddress, type WrittenAddress } from "../../config/address.ts";
import type { Resolved } from "../../config/config.ts";
import { spotsOf } from "../../config/per-slot.ts";
import { plannedRedirects } from "../../config/planned-redirects.ts";
import { wrongOption } from "../../config/wrong-option.ts";
import type { Upstream } from "./upstream.ts";

export interface Servers extends Pick<Upstream, "shape" | "servers"> {
  /** On which machine: `null` for other machines. Of several addresses it is the first. */
  readonly local: WrittenAddress | null;
}

/**
 * Where nginx finds the app: on the machines that are named, or here.
 * @throws AppError CONFIG_INVALID, or USAGE where a flag said so, for an app without an address that nginx could know
 */
export function serversOf(resolved: Resolved, machines: readonly WrittenAddress[]): Servers {
  const { listen, host, port, perSlot } = resolved.config;
  if (listen === false) {
    const hint = "A background worker needs no nginx. Otherwise leave --no-listen out.";
    throw wrongOption(resolved.origins, "listen", "expected an app that serves, got listen: false", hint);
  }
  if (machines.length > 0) return { shape: "machines", servers: machines, local: null };
  const [first] = listen;
  const local = (first === undefined ? null : parseAddress(first)) ?? { kind: "tcp", host, port };
  if (local.kind === "tcp" && local.port === 0) {
    const hint = "Give -p 3000, say, or --listen unix:/run/shop.sock.";
    const key = first === undefined ? "port" : "listen";
    throw wrongOption(resolved.origins, key, "expected a port that nginx can know, got 0: any free one", hint);
  }
  return { shape: perSlot ? "slots" : "one", servers: spotsOf(local, resolved.config), local };
}

/** Throws CONFIG_INVALID, or USAGE where a flag said so, for an app that would listen where nginx on the same machine does. */
export function refuseSharedPort(resolved: Resolved, servers: Servers, nginxPorts: readonly number[]): void {
  if (servers.local === null) return;
  const taken = [...servers.servers, ...plannedRedirects(resolved.config)].find(
    (address) => address.kind === "tcp" && nginxPorts.includes(address.port),
  );
  if (taken?.kind !== "tcp") return;
  const key = servers.servers.includes(taken) ? keyOfAddress(resolved) : "tls.redirect";
  const hint =
    "Give the app another one, -p 3000 say, and --tls off where nginx has the certificate; or --nginx-port to nginx.";
  throw wrongOption(resolved.origins, key, `expected another port than nginx's own, got ${taken.port}`, hint);
}

/** The option that says where the app listens. */
function keyOfAddress({ config }: Resolved): string {
  return config.listen !== false && config.listen.length > 0 ? "listen" : "port";
}
