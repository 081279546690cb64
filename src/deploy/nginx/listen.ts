import { TLS12_CIPHERS } from "../../protocol/ciphers.ts";
import { identify } from "./identity.ts";
import { quote } from "./quote.ts";

/** Absolute paths of PEM files. */
export interface Certificate {
  /** With its chain. */
  readonly cert: string;
  readonly key: string;
}

interface Front {
  readonly app: string;
  readonly domains: readonly string[];
  readonly port: number | null;
  readonly certificate: Certificate | null;
}

/** A server that sends on to HTTPS, or nothing; and where the site's own server listens, as which names, with which certificate. */
export function renderListen(front: Front): { readonly redirect: string; readonly listen: string } {
  const { domains, port, certificate } = front;
  const names = `  server_name ${domains.join(" ") || "_"};\n`;
  const listen = (on: number, more: string): string => {
    const words = `${domains.length === 0 ? " default_server" : ""}${more}`;
    return `  listen ${on}${words};\n  listen [::]:${on}${words}; # on a machine without IPv6 take this line out\n`;
  };
  if (certificate === null) return { redirect: "", listen: `${listen(port ?? 80, "")}${names}` };
  const redirect = port === null ? `${REDIRECT_HEAD}${listen(80, "")}${names}${REDIRECT_TAIL}` : "";
  return { redirect, listen: `${HTTP2}${listen(port ?? 443, " ssl http2")}${names}\n${tls(front.app, certificate)}` };
}

const REDIRECT_HEAD = "server {\n";
const REDIRECT_TAIL = `
  # For certbot --webroot: location /.well-known/acme-challenge/ { root /var/www/html; }
  location / {
    return 301 https://$host$request_uri;
  }
}

`;

const HTTP2 = `  # Every nginx takes "http2" here; from 1.25.1 on it warns of it. There, one may take it out and say: http2 on;
`;

/** Mozilla's "intermediate" since 6.0, without its curves: what OpenSSL offers by itself has those it knows. */
function tls(app: string, { cert, key }: Certificate): string {
  return `  ssl_certificate ${quote(cert)};
  ssl_certificate_key ${quote(key)};
  ssl_protocols TLSv1.2 TLSv1.3;
  ssl_ciphers ${TLS12_CIPHERS.join(":")};
  ssl_prefer_server_ciphers off;
  ssl_session_cache shared:${identify(app).upstream}_tls:10m;
  ssl_session_timeout 1d;
  ssl_session_tickets off;
  # Browsers then come by HTTPS alone, for two years, and there is no way back:
  # add_header Strict-Transport-Security "max-age=63072000" always;
`;
}
