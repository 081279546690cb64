// What @peculiar/x509 is built on wants it first.
import "reflect-metadata";
import { Pkcs10CertificateRequestGenerator, SubjectAlternativeNameExtension } from "@peculiar/x509";
import { createKeys, ECDSA, exportKey } from "../certifier/keys.ts";

export interface SigningRequest {
  /** PEM. Of this certificate only. */
  readonly key: string;
  /** Base64url, DER. */
  readonly request: string;
}

export async function createSigningRequest(names: readonly string[]): Promise<SigningRequest> {
  const keys = await createKeys();
  const altNames = new SubjectAlternativeNameExtension(names.map((value) => ({ type: "dns", value })));
  const request = await Pkcs10CertificateRequestGenerator.create({
    keys,
    signingAlgorithm: ECDSA,
    extensions: [altNames],
  });
  return { key: exportKey(keys.privateKey), request: Buffer.from(request.rawData).toString("base64url") };
}
