import { renderConnectionMap } from "../nginx/connection-map.ts";
import { renderLocation } from "../nginx/location.ts";
import type { Image } from "./image.ts";

/** nginx in front of both halves: the file default.conf of Docker's nginx. */
export function renderHalvesNginx({ app, request }: Image, port: number): string {
  const server = (half: number): string => `server web-${half}:${port}`;
  const backend = { app, port: null, timeouts: { request }, tls: null };
  return `# nginx in front of the two halves of ${app}, in a container of its own: /etc/nginx/conf.d/default.conf

${renderConnectionMap(app)}
# Both. One that fails three times is left alone for two seconds. Idle connections are kept, and given up before a worker that leaves would do it.
upstream both {
  zone both 128k;
  least_conn;
  ${server(1)} max_fails=3 fail_timeout=2s;
  ${server(2)} max_fails=3 fail_timeout=2s;
  keepalive 64;
  keepalive_timeout 1s;
}

# While web-1 is swapped, and while web-2 is.
upstream without-web-1 {
  zone without-web-1 128k;
  ${server(2)} max_fails=0;
  ${server(1)} max_fails=0 backup;
  keepalive 64;
  keepalive_timeout 1s;
}

upstream without-web-2 {
  zone without-web-2 128k;
  ${server(1)} max_fails=0;
  ${server(2)} max_fails=0 backup;
  keepalive 64;
  keepalive_timeout 1s;
}

server {
  listen 80;
  # HTTPS: mount the certificate, publish port 443, and
  # listen 443 ssl;
  # ssl_certificate /etc/nginx/tls/fullchain.pem;
  # ssl_certificate_key /etc/nginx/tls/privkey.pem;

  # client_max_body_size 10m; # nginx's own limit is 1 MB; above it clients get 413

  # Each request looks whether a half is aside. So a swap needs no reload of nginx, which would cut idle connections that clients are about to use; and none
  # is sent to a half that is about to leave, or waits for an address that nobody has.
  set $pool both;
  if (-f /etc/nginx/aside/web-1) {
    set $pool without-web-1;
  }
  if (-f /etc/nginx/aside/web-2) {
    set $pool without-web-2;
  }

${renderLocation(backend, "$pool")}}
`;
}
