import { KeyObject, type webcrypto } from "node:crypto";

/** Every key of ours: what all clients and authorities know, small and fast. */
export const ECDSA = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" } as const;

export async function createKeys(): Promise<webcrypto.CryptoKeyPair> {
  return crypto.subtle.generateKey(ECDSA, true, ["sign", "verify"]);
}

/** PEM, PKCS #8. */
export function exportKey(key: webcrypto.CryptoKey): string {
  return KeyObject.from(key).export({ type: "pkcs8", format: "pem" }).toString();
}
