import type * as Http2 from "node:http2";
import type * as Https from "node:https";
import type * as Tls from "node:tls";

/** Node's TLS without `import`, as in node-http.ts: that would read its list of root certificates, which nobody here asks for. */
export const tls: typeof Tls = process.getBuiltinModule("node:tls");

/** Where there is no need for it HTTP/2 is not loaded. */
export function http2(): typeof Http2 {
  return process.getBuiltinModule("node:http2");
}

export function https(): typeof Https {
  return process.getBuiltinModule("node:https");
}
