import type { webcrypto } from "node:crypto";
import { calculateJwkThumbprint, exportJWK, FlattenedSign, importJWK, type JWK } from "jose";
import { createKeys } from "../certifier/keys.ts";

/** An account is its key. */
export class AccountKey {
  /** The public half. */
  readonly jwk: JWK;
  /** What answers to challenges end with. */
  readonly thumbprint: string;
  readonly #privateKey: webcrypto.CryptoKey;

  static async create(): Promise<{ readonly key: AccountKey; readonly kept: JWK }> {
    const kept = await exportJWK((await createKeys()).privateKey);
    return { key: await AccountKey.from(kept), kept };
  }

  /** @param kept The private key as {@link create} gave it */
  static async from(kept: JWK): Promise<AccountKey> {
    const { d: _, ...jwk } = kept;
    const privateKey = (await importJWK(kept, "ES256")) as webcrypto.CryptoKey;
    return new AccountKey(jwk, await calculateJwkThumbprint(jwk), privateKey);
  }

  private constructor(jwk: JWK, thumbprint: string, privateKey: webcrypto.CryptoKey) {
    this.jwk = jwk;
    this.thumbprint = thumbprint;
    this.#privateKey = privateKey;
  }

  /** A request's body. */
  async sign(header: Readonly<Record<string, unknown>>, payload: string): Promise<string> {
    const signer = new FlattenedSign(Buffer.from(payload)).setProtectedHeader({ alg: "ES256", ...header });
    return JSON.stringify(await signer.sign(this.#privateKey));
  }

  /** That the authority's customer is whoever has this key, RFC 8555 section 7.3.4. */
  async bind(external: { readonly keyId: string; readonly hmacKey: string }, url: string): Promise<object> {
    const signer = new FlattenedSign(Buffer.from(JSON.stringify(this.jwk)));
    const header = { alg: "HS256", kid: external.keyId, url };
    return signer.setProtectedHeader(header).sign(Buffer.from(external.hmacKey, "base64url"));
  }
}
