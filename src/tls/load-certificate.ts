import { createPrivateKey, X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import type { Certificate } from "../protocol/tls.ts";

/** Where a certificate is: each field PEM text or a path. */
interface Source {
  readonly cert: string | null;
  readonly key: string | null;
  readonly ca: readonly string[];
  readonly passphrase: string | null;
}

/** A certificate as TLS servers take it. */
export function loadCertificate({ cert, key, ca, passphrase }: Source): Certificate {
  const chain = [cert ?? "", ...ca].map(readPem);
  const privateKey = createPrivateKey({ key: readPem(key ?? ""), passphrase: passphrase ?? "" });
  return {
    names: namesOf(new X509Certificate(chain[0] ?? "")),
    cert: chain.join("\n"),
    key: privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
  };
}

function readPem(value: string): string {
  return value.trimStart().startsWith("-----BEGIN ") ? value : readFileSync(value, "utf8");
}

function namesOf({ subjectAltName = "" }: X509Certificate): readonly string[] {
  return [...subjectAltName.matchAll(/DNS:([^,\s]+)/g)].map(([, name = ""]) => name.toLowerCase());
}
