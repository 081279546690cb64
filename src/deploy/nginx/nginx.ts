import type { Resolved } from "../../config/config.ts";
import { speaksTls } from "../../config/tls.ts";
import type { Deployment } from "../deployment.ts";
import { fileName } from "../file-name.ts";
import { nextSteps, type StartCommand } from "./next-steps.ts";
import { refuseSharedPort, serversOf } from "./servers.ts";
import { renderSite, type Site } from "./site.ts";
import { renderUpstream } from "./upstream.ts";
import type { Wishes } from "./wishes.ts";

/**
 * nginx in front of one app.
 * @throws AppError USAGE, CONFIG_INVALID or ADDRESS_INVALID for what nginx could not serve
 */
export function renderNginx(resolved: Resolved, wishes: Wishes, start: StartCommand): Deployment {
  const { config } = resolved;
  const servers = serversOf(resolved, wishes.machines);
  refuseSharedPort(resolved, servers, portsOf(wishes));
  const site: Site = {
    app: config.name,
    shape: servers.shape,
    servers: servers.servers,
    keepAlive: config.timeouts.keepAlive,
    domains: wishes.domains,
    port: wishes.port,
    certificate: wishes.certificate,
    timeouts: config.timeouts,
    tls: speaksTls(config.tls) ? config.tls : null,
  };
  const file = fileName(config.name);
  const whole = { name: `${file}.conf`, text: renderSite(site, !wishes.splitsUpstream) };
  const upstream = { name: `${file}-upstream.conf`, text: renderUpstream(site) };
  return {
    files: wishes.splitsUpstream ? [whole, upstream] : [whole],
    next: nextSteps(resolved, servers, wishes, start),
  };
}

function portsOf({ port, certificate }: Wishes): readonly number[] {
  if (port !== null) return [port];
  return certificate === null ? [80] : [80, 443];
}
