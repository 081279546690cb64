import type { X509Certificate } from "node:crypto";
import { connect } from "node:tls";
import { within } from "./wait.ts";

export interface Shown {
  readonly certificate: X509Certificate;
  /** Whether what was trusted has signed it, for the name that was asked for. */
  readonly authorized: boolean;
}

/** The certificate that a new handshake is shown on a port of this machine. */
export async function handshake(port: number, servername = "localhost", ca?: string): Promise<Shown> {
  const { promise, resolve, reject } = Promise.withResolvers<Shown>();
  const socket = connect({ port, host: "127.0.0.1", servername, rejectUnauthorized: false, ...(ca && { ca }) });
  socket.once("error", reject);
  socket.once("secureConnect", () => {
    const certificate = socket.getPeerX509Certificate();
    if (certificate) resolve({ certificate, authorized: socket.authorized });
    else reject(new Error("expected a certificate"));
  });
  try {
    return await within(promise, "a handshake");
  } finally {
    socket.destroy();
  }
}
