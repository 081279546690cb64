import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { createSelfSigned } from "../test/support/certificates.ts";

/** Writes PEM files, P-256 as authorities give them out, and answers the environment of an app that reads them. */
export async function writeCertificate(folder: string): Promise<Readonly<Record<"TLS_CERT" | "TLS_KEY", string>>> {
  const { cert, key } = await createSelfSigned({ names: ["localhost", "127.0.0.1"] });
  const write = (name: string, text: string): string => {
    writeFileSync(join(folder, name), text, { mode: 0o600 });
    return join(folder, name);
  };
  return { TLS_CERT: write("cert.pem", cert), TLS_KEY: write("key.pem", key) };
}
