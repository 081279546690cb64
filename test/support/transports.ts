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
  serve(options?: DroverOptions): DroverOptions;
  target(drover: { readonly port: number }): Target;
}

const { key, cert } = createCertificate();

function secure(name: "https" | "h2", over: string): Transport {
  return {
    name,
    over,
    serve: (options = {}) => {
      const tls = { TEST_SERVER: name, TEST_TLS_KEY: key, TEST_TLS_CERT: cert };
      return { ...options, env: { ...options.env, ...tls } };
    },
    target: ({ port }) => ({ port, ca: cert, http2: name === "h2" }),
  };
}

const HTTP: Transport = { name: "http", over: "", serve: (options = {}) => options, target: ({ port }) => ({ port }) };
const HTTPS = secure("https", " over HTTPS");
const H2 = secure("h2", " over HTTP/2");

/** HTTP/1.1, HTTPS, and HTTP/2 over TLS. */
export const transports: readonly Transport[] = [HTTP, HTTPS, H2];

/** Some of `rows` are enough where the short run has seen all of them over plain HTTP. */
export function enough<T>({ name }: Transport, rows: readonly T[], some: number): readonly T[] {
  return LONG || name === "http" ? rows : rows.slice(0, some);
}
