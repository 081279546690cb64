import { createHash } from "node:crypto";
// What @peculiar/x509 is built on wants it first.
import "reflect-metadata";
import { Extension } from "@peculiar/x509";
import type { ChallengeType, KeyAndCert } from "../../protocol/certifier.ts";
import type { Challenges } from "../../protocol/tls.ts";
import { createSelfSigned } from "../certifier/self-signed.ts";
import type { Problem } from "./problem.ts";

/** RFC 8555 section 7.1.4, as far as it is read here. */
export interface Authorization {
  readonly status: string;
  readonly identifier: { readonly value: string };
  readonly wildcard?: boolean;
  readonly challenges: readonly Challenge[];
}

export interface Challenge {
  readonly type: string;
  readonly url: string;
  readonly token: string;
  readonly error?: Problem;
}

/** A name that is to be proved, and how. */
export interface Task {
  readonly name: string;
  readonly type: ChallengeType;
  /** The authorization's URL. */
  readonly url: string;
  readonly challenge: Challenge;
}

export const NOTHING: Challenges = { http01: {}, alpn01: {} };

/** @param thumbprint Of the account's key */
export async function answersTo(tasks: readonly Task[], thumbprint: string, now: number): Promise<Challenges> {
  const http01: Record<string, string> = {};
  const alpn01: Record<string, KeyAndCert> = {};
  for (const { name, type, challenge } of tasks) {
    const authorization = `${challenge.token}.${thumbprint}`;
    if (type === "http-01") http01[challenge.token] = authorization;
    else alpn01[name] = await alpnCertificate(name, authorization, now);
  }
  return { http01, alpn01 };
}

/** acmeIdentifier, RFC 8737 section 3. */
const ACME_IDENTIFIER = "1.3.6.1.5.5.7.1.31";
/** In DER: an octet string of 32 bytes follows. */
const OCTETS_32 = Buffer.from([0x04, 0x20]);

async function alpnCertificate(name: string, keyAuthorization: string, now: number): Promise<KeyAndCert> {
  const digest = createHash("sha256").update(keyAuthorization).digest();
  const proof = new Extension(ACME_IDENTIFIER, true, Buffer.concat([OCTETS_32, digest]));
  return createSelfSigned({ names: [name], days: 7, now, extensions: [proof] });
}
