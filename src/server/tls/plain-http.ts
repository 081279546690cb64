import type { Duplex } from "node:stream";
import type { Server, TLSSocket } from "node:tls";

const BODY = "This port speaks HTTPS: write https:// in the address.\n";
const ANSWER = [
  "HTTP/1.1 400 Bad Request",
  "Connection: close",
  "Content-Type: text/plain; charset=utf-8",
  `Content-Length: ${BODY.length}`,
  "",
  BODY,
].join("\r\n");

/**
 * Tells who speaks plain HTTP to a port of HTTPS what is wrong; Node alone only hangs up. What is below TLS Node does not show by a public name: should that
 * go, it hangs up again.
 */
export function answerPlainHttp(server: Server): void {
  server.on("tlsClientError", (error: NodeJS.ErrnoException, socket: TLSSocket) => {
    if (error.code !== "ERR_SSL_HTTP_REQUEST") return;
    const { _parent: below } = socket as { readonly _parent?: Duplex | null };
    below?.write(ANSWER);
  });
}
