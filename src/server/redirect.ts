import type { IncomingMessage, Server } from "node:http";
import { CHECK_INTERVAL } from "./limits.ts";
import { http } from "./node-http.ts";

export interface RedirectAnswer {
  readonly status: 200 | 308 | 400;
  /** Of `Location`, with 308 alone. */
  readonly location?: string;
  readonly body: string;
}

/** What the answer to a request on plain HTTP needs to know. */
export interface RedirectFacts {
  /** Answers to http-01 challenges, by their tokens. */
  readonly http01: Readonly<Record<string, string>>;
  /** Where HTTPS is. */
  readonly port: number;
}

type Asked = Pick<IncomingMessage, "method" | "url"> & { readonly headers: Pick<IncomingMessage["headers"], "host"> };

const CHALLENGE = "/.well-known/acme-challenge/";

/** A name, an IPv4 address or an IPv6 address in brackets, with or without a port. */
const HOST = /^([a-z0-9_](?:[a-z0-9._-]*[a-z0-9_.])?|\[[0-9a-f:.]+\])(?::\d{1,5})?$/i;

/** A URL with its host, as proxies are asked; then it counts, not the field `Host`. */
const ABSOLUTE = /^https?:\/\/([^/?#]*)(.*)$/i;

/** HTTPS on the same host and path: never anywhere else. */
export function answerTo({ url = "", headers: { host = "" } }: Asked, { http01, port }: RedirectFacts): RedirectAnswer {
  const [, authority = host, rest = url] = ABSOLUTE.exec(url) ?? [];
  const path = rest.startsWith("/") ? rest : `/${rest}`;
  const proof = challenge(path, http01);
  if (proof !== undefined) return { status: 200, body: proof };
  const [, name] = HOST.exec(authority) ?? [];
  if (name === undefined) return { status: 400, body: "Expected the name of a host, in the field Host.\n" };
  if (url === "*") return { status: 400, body: "Expected a path.\n" };
  const location = `https://${name}${port === 443 ? "" : `:${port}`}${path.replace(NOT_ASCII, percent)}`;
  return { status: 308, location, body: `It is at ${location}\n` };
}

/** The answer to a challenge of ours. Others have their own, such as certbot with the app's files: they are where all else is. */
function challenge(path: string, http01: RedirectFacts["http01"]): string | undefined {
  const token = path.startsWith(CHALLENGE) ? path.slice(CHALLENGE.length) : "";
  return Object.hasOwn(http01, token) ? http01[token] : undefined;
}

/** Node lets such bytes pass in a URL, and refuses them in a field. */
const NOT_ASCII = /[^\x21-\x7e]/g;

function percent(byte: string): string {
  return `%${byte.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}`;
}

/** Sends plain HTTP on to HTTPS and answers http-01 challenges. `facts` are asked for with each request. */
export function createRedirect(facts: () => RedirectFacts): Server {
  return http.createServer({ connectionsCheckingInterval: CHECK_INTERVAL }, (request, response) => {
    const { status, location, body } = answerTo(request, facts());
    response.writeHead(status, {
      "Content-Type": "text/plain; charset=utf-8",
      "Content-Length": Buffer.byteLength(body),
      // Its client goes elsewhere.
      Connection: "close",
      ...(location === undefined ? {} : { Location: location }),
    });
    response.end(request.method === "HEAD" ? undefined : body);
  });
}
