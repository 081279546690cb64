import type { Config } from "../../config/config.ts";
import { identify } from "./identity.ts";
import { nginxTime } from "./upstream.ts";

/** What nginx must know of the app to pass requests on to it. */
export interface Backend {
  readonly app: string;
  readonly port: number | null;
  readonly timeouts: Pick<Config["timeouts"], "request">;
  /** `null`: the app's servers speak plain HTTP. */
  readonly tls: Pick<Config["tls"], "clientCert"> | null;
}

/** What an app without a limit of its own gets: nginx has no "never". Milliseconds. */
const LONG = 3_600_000;

/**
 * `location / { … }`, indented by two; ends with a newline.
 * @param upstream where requests go: its name, or a variable that holds one. Default: the app's own
 */
export function renderLocation(
  { app, port, timeouts, tls }: Backend,
  upstream: string = identify(app).upstream,
): string {
  const { connection } = identify(app);
  const host = port === null ? "$host" : "$host:$server_port";
  const silence = nginxTime(timeouts.request || LONG);
  return `  location / {
    proxy_pass ${tls === null ? "http" : "https"}://${upstream};
    proxy_http_version 1.1;
    proxy_set_header Upgrade $http_upgrade;
    proxy_set_header Connection ${connection};
${tls === null ? "" : tlsToApp(tls)}
    # Who asks, and for what. Each is written over or taken out, so that no client can make it up; the app believes this nginx alone
    # (--trust-proxy), and lets no other X-Forwarded-* in. With another proxy before this one: set_real_ip_from and real_ip_header make
    # $remote_addr the client's again.
    proxy_set_header Host ${host};
    proxy_set_header X-Forwarded-For $remote_addr;
    proxy_set_header X-Forwarded-Proto $scheme;
    proxy_set_header X-Forwarded-Host ${host};
    proxy_set_header X-Forwarded-Port $server_port;
    proxy_set_header X-Forwarded-Prefix '';
    proxy_set_header X-Real-IP $remote_addr;
    proxy_set_header Forwarded '';
    proxy_set_header X-Request-Id $request_id;

    # The app accepts at once, or is not there; but a first packet that is lost, or finds the app's queue full, is sent again after one second.
    # The other two are the longest silence in a request and in an answer, as long as the app's timeouts.request: a long poll, an event
    # stream or a WebSocket must say something more often.
    proxy_connect_timeout 3s;
    proxy_send_timeout ${silence};
    proxy_read_timeout ${silence};

    # What failed is tried once more, so that a request that is the death of its worker cannot get at all of them. Never a POST or
    # PATCH that was sent: non_idempotent does not belong here, and neither does http_503, an app that has said it is full.
    proxy_next_upstream error timeout;
    proxy_next_upstream_tries 2;
    proxy_next_upstream_timeout 5s;

    # Answers pass through nginx's buffers, so that a slow client holds up no worker. Event streams cannot wait for a full one: the app
    # sends the header "X-Accel-Buffering: no" with them, or all answers go without buffers:
    # proxy_buffering off;
  }
`;
}

function tlsToApp({ clientCert }: Pick<Config["tls"], "clientCert">): string {
  const own =
    clientCert === "none"
      ? ""
      : `    # The app asks its clients for a certificate (tls.clientCert), and nginx is its only client:
    # proxy_ssl_certificate /etc/nginx/client.pem; proxy_ssl_certificate_key /etc/nginx/client.key;
`;
  return `
    # The app speaks TLS itself. On one machine it is cheaper in nginx alone: start the app with --tls off, and give nginx the certificate.
    proxy_ssl_server_name on;
    proxy_ssl_name $host;
    proxy_ssl_protocols TLSv1.2 TLSv1.3;
    # Across a network nginx should also look at the certificate it is shown:
    # proxy_ssl_verify on; proxy_ssl_verify_depth 3; proxy_ssl_trusted_certificate /etc/ssl/certs/ca-certificates.crt;
${own}`;
}
