import { createCertificate } from "./certificate.ts";
import type { Target } from "./client.ts";
import type { DroverOptions } from "./drover.ts";
import { LONG } from "./reliability.ts";

/** A way on which clients reach an app. The tests of requests that may be lost take them all. */
export interface Transport {
  readonly name: "http" | "https" | "h2";
  /** At the end of a test's title, and of its line in docs/reliability.md. */
  readonly over: string;
  /** For the start of a fixture that serves by lib/serve.cjs, or of a release. */
  readonly serve: (options?: DroverOptions) => DroverOptions;
  target(drover: { readonly port: number }): Target;
}

const { key, cert } = createCertificate();

const HTTP: Transport = { name: "http", over: "", serve: (options = {}) => options, target: ({ port }) => ({ port }) };

/** The app listens by itself as it does for plain HTTP, and Drover puts TLS in front of it. */
const IN_FRONT = { DROVER_TLS_CERT: cert, DROVER_TLS_KEY: key };
/** So it does for an app that is exported. */
const EXPORTED = { ...IN_FRONT, TEST_SERVER: "export" };
/** The app opens a server for TLS by itself. */
const BY_ITSELF = { TEST_TLS_CERT: cert, TEST_TLS_KEY: key };

function secure(name: "https" | "h2", over: string, tls: Readonly<Record<string, string>>): Transport {
  return {
    name,
    over: ` over ${over}`,
    serve: (options = {}) => ({ ...options, env: { ...options.env, ...tls } }),
    target: ({ port }) => ({ port, ca: cert, http2: name === "h2" }),
  };
}

function plainHttp2(over: string, how: Readonly<Record<string, string>>): Transport {
  return {
    name: "h2",
    over: ` over ${over}`,
    serve: (options = {}) => ({ ...options, env: { ...options.env, ...how } }),
    target: ({ port }) => ({ port, http2: true }),
  };
}

/** HTTP/1.1, HTTPS, and HTTP/2 over TLS. */
const MAIN = [HTTP, secure("https", "HTTPS", IN_FRONT), secure("h2", "HTTP/2", IN_FRONT)];

/** Drover's own servers for exported apps. */
export const exported: readonly Transport[] = [
  secure("https", "HTTPS, exported", EXPORTED),
  secure("h2", "HTTP/2, exported", EXPORTED),
];

/** Drover has no part in their TLS. */
export const own: readonly Transport[] = [
  secure("https", "the app's own HTTPS", { ...BY_ITSELF, TEST_SERVER: "https" }),
  secure("h2", "the app's own HTTP/2", { ...BY_ITSELF, TEST_SERVER: "h2" }),
];

/** HTTP/2 without TLS, as behind a proxy: on a server of the app's own, and beside HTTP/1.1 on a plain one. */
export const cleartext: readonly Transport[] = [
  plainHttp2("HTTP/2 without TLS", { TEST_SERVER: "h2c" }),
  plainHttp2("HTTP/2 beside HTTP/1.1 without TLS", { DROVER_HTTP2: "all" }),
];

/** A long run takes the servers of apps as well. */
export const transports: readonly Transport[] = LONG ? [...MAIN, ...own] : MAIN;

/** Some of `rows` are enough where the short run has seen all of them over plain HTTP. */
export function enough<T>({ name }: Transport, rows: readonly T[], some: number): readonly T[] {
  return LONG || name === "http" ? rows : rows.slice(0, some);
}
