import { mkdirSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Source } from "../../src/tls/source.ts";
import type { Certificate } from "./certificates.ts";

export interface CertificateFiles {
  readonly cert: string;
  readonly key: string;
}

/** Writes a certificate and its key into a folder, as `NAME.pem` and `NAME.key`. */
export function writeCertificate(
  folder: string,
  { cert, key }: Certificate,
  name = "site",
  chain: readonly string[] = [],
): CertificateFiles {
  mkdirSync(folder, { recursive: true });
  const files = { cert: join(folder, `${name}.pem`), key: join(folder, `${name}.key`) };
  // The key first, as careful tools do.
  writeFileSync(files.key, key, { mode: 0o600 });
  writeFileSync(files.cert, [cert, ...chain].join(""));
  return files;
}

/** Puts another one in the place of `site.pem` and `site.key`: by rename, in two steps. */
export function replaceCertificate(folder: string, certificate: Certificate, chain: readonly string[] = []): void {
  const { cert, key } = writeCertificate(folder, certificate, "next", chain);
  renameSync(key, join(folder, "site.key"));
  renameSync(cert, join(folder, "site.pem"));
}

/** A source with these fields; all else is empty. */
export function source(given: Partial<Source>): Source {
  return { option: "tls", cert: null, key: null, ca: [], passphrase: null, pfx: null, names: [], ...given };
}
