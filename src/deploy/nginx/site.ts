import { fileName } from "../file-name.ts";
import { renderConnectionMap } from "./connection-map.ts";
import { identify } from "./identity.ts";
import { renderListen, type Certificate } from "./listen.ts";
import { renderLocation, type Backend } from "./location.ts";
import { oneLine } from "./quote.ts";
import { renderUpstream, type Upstream } from "./upstream.ts";

/** One app, as nginx is to serve it. */
export interface Site extends Upstream, Backend {
  /** The names it is for; none: all that no other site has. */
  readonly domains: readonly string[];
  /** Where nginx listens; `null`: 80, and with a certificate 443 too. */
  readonly port: number | null;
  /** `null`: plain HTTP. */
  readonly certificate: Certificate | null;
}

/** The whole file; `withUpstream`: the upstream block is in it. Throws AppError ADDRESS_INVALID, USAGE. */
export function renderSite(site: Site, withUpstream: boolean): string {
  const { upstream } = identify(site.app);
  const { redirect, listen } = renderListen(site);
  return `# nginx in front of ${oneLine(site.app)}: written by \`drover deploy nginx\`, for nginx 1.18 and newer.
# It is included inside of http { … }: put it into /etc/nginx/conf.d/ or /etc/nginx/sites-enabled/.
#
# What can only be said outside of http { … }, in nginx.conf itself:
#   worker_shutdown_timeout 30s; # else a reload of nginx leaves its old workers there for as long as a WebSocket is open

${renderConnectionMap(site.app)}
${withUpstream ? renderUpstream(site) : `# upstream ${upstream} is in ${fileName(site.app)}-upstream.conf.\n`}
${redirect}server {
${listen}
  # client_max_body_size 10m; # nginx's own limit is 1 MB; above it clients get 413
  # keepalive_min_timeout 1s; # from nginx 1.27.4 on: a reload of nginx then cuts no idle connection that a client is about to use

${renderLocation(site)}}
`;
}
