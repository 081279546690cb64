import type { X509Certificate } from "node:crypto";
import { duplexPair } from "node:stream";
import { connect, createSecureContext, TLSSocket, type SecureContext } from "node:tls";
import { AppError } from "../errors.ts";

/**
 * The leaf and what else is in a PKCS #12 file. Node hands it to OpenSSL and shows nothing of it, so somebody has to ask: a client at the other end of a pipe.
 * @param where the file, for messages
 * @throws AppError TLS_INVALID
 */
export async function readPfx(
  option: string,
  where: string,
  pfx: Buffer,
  passphrase: string | null,
): Promise<readonly X509Certificate[]> {
  const secureContext = open(option, where, pfx, passphrase);
  const [ours, theirs] = duplexPair();
  const server = new TLSSocket(ours, { isServer: true, secureContext });
  // Nobody is to be trusted here: this only looks.
  const client = connect({ socket: theirs, rejectUnauthorized: false });
  const { promise, resolve, reject } = Promise.withResolvers<readonly X509Certificate[]>();
  const fail = (cause: unknown): void => reject(invalid(option, where, "one that OpenSSL cannot use", cause));
  server.on("error", fail);
  client.on("error", fail);
  client.on("secureConnect", () => resolve(peerChain(client)));
  try {
    return await promise;
  } finally {
    client.destroy();
    server.destroy();
  }
}

function peerChain(client: TLSSocket): readonly X509Certificate[] {
  const chain: X509Certificate[] = [];
  for (let next = client.getPeerX509Certificate(); next; next = next.issuerCertificate) chain.push(next);
  return chain;
}

function open(option: string, where: string, pfx: Buffer, passphrase: string | null): SecureContext {
  try {
    return createSecureContext({ pfx, ...(passphrase !== null && { passphrase }) });
  } catch (cause) {
    const { message } = cause as Error;
    if (/mac verify/i.test(message)) {
      const got = passphrase === null ? "none (tls.passphrase)" : "another (tls.passphrase)";
      throw new AppError("TLS_INVALID", `${option}: expected the passphrase of ${where}, got ${got}`, PASSPHRASE, {
        cause,
      });
    }
    throw invalid(option, where, /unsupported/i.test(message) ? "one with an old cipher" : "something else", cause);
  }
}

const PASSPHRASE = "Set DROVER_TLS_PASSPHRASE, or passphrase in the config file.";

function invalid(option: string, where: string, got: string, cause: unknown): AppError {
  const message = `${option}: expected a PKCS #12 file with certificate and key at ${where}, got ${got}`;
  const hint = `Write it anew: openssl pkcs12 -legacy -in ${where} -nodes -out all.pem, then use that as cert and key.`;
  return new AppError("TLS_INVALID", message, hint, { cause });
}
