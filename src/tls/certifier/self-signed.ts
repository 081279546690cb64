import { isIP } from "node:net";
// What @peculiar/x509 is built on wants it first.
import "reflect-metadata";
import {
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  X509CertificateGenerator,
  type Extension,
} from "@peculiar/x509";
import type { KeyAndCert } from "../../protocol/certifier.ts";
import { createKeys, ECDSA, exportKey } from "./keys.ts";

export interface SelfSigned {
  /** DNS names and IP addresses, at least one. */
  readonly names: readonly string[];
  readonly days: number;
  readonly now: number;
  readonly extensions?: readonly Extension[];
}

const DAY = 86_400_000;
/** Clocks of clients differ. */
const EARLIER = 3_600_000;

/** For a server, with a new P-256 key. It is no authority: whoever trusts it trusts these names only, whatever becomes of its key. */
export async function createSelfSigned({ names, days, now, extensions = [] }: SelfSigned): Promise<KeyAndCert> {
  const keys = await createKeys();
  const certificate = await X509CertificateGenerator.createSelfSigned({
    // The names that count are the alternative ones; a common name holds no more than 64 characters.
    name: `CN=${names[0]?.slice(0, 64)}`,
    keys,
    signingAlgorithm: ECDSA,
    notBefore: new Date(now - EARLIER),
    notAfter: new Date(now + days * DAY),
    extensions: [
      new SubjectAlternativeNameExtension(names.map((name) => ({ type: isIP(name) ? "ip" : "dns", value: name }))),
      new BasicConstraintsExtension(false, undefined, true),
      new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
      new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth]),
      await SubjectKeyIdentifierExtension.create(keys.publicKey),
      ...extensions,
    ],
  });
  return { key: exportKey(keys.privateKey), cert: `${certificate.toString("pem")}\n` };
}
