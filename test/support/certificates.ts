import { KeyObject, type webcrypto } from "node:crypto";
// What @peculiar/x509 is built on wants it first.
import "reflect-metadata";
import { isIP } from "node:net";
import {
  AuthorityKeyIdentifierExtension,
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

export type KeyType = "ec" | "rsa" | "ed25519";

/** PEM texts. */
export interface Certificate {
  readonly key: string;
  readonly cert: string;
}

export interface LeafOptions {
  /** DNS names, with `*.` also, and IP addresses. The first one is the common name. Default: `localhost`. */
  readonly names?: readonly string[];
  /** P-256, RSA with 2048 bits or Ed25519. Default: `ec`. */
  readonly keyType?: KeyType;
  /** Default: an hour ago. */
  readonly notBefore?: Date;
  /** Default: in a day. */
  readonly notAfter?: Date;
  /** Hexadecimal. Default: by chance. */
  readonly serialNumber?: string;
  /** Hexadecimal. Default: of the issuer's key. */
  readonly issuerKeyId?: string;
  /** It is for a client, to show who it is. Default: for a server. */
  readonly client?: boolean;
}

export interface AuthorityOptions {
  /** How many there are between the root and the leaf. Default 0. */
  readonly intermediates?: number;
  /** Of the root and the intermediates. Default: `ec`. */
  readonly keyType?: KeyType;
  /** Default: `Test`. Two that tests must tell apart have two. */
  readonly name?: string;
}

export interface Authority {
  /** PEM, to be trusted. */
  readonly root: string;
  /** PEM each, in the order a server sends them: the leaf's issuer first. */
  readonly intermediates: readonly string[];
  issue(options?: LeafOptions): Promise<Certificate>;
}

export interface Chain extends Certificate {
  readonly root: string;
  readonly intermediates: readonly string[];
}

const ALGORITHMS = {
  ec: { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" },
  rsa: {
    name: "RSASSA-PKCS1-v1_5",
    modulusLength: 2_048,
    publicExponent: new Uint8Array([1, 0, 1]),
    hash: "SHA-256",
  },
  ed25519: { name: "Ed25519" },
} as const;

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

/** Whoever signs: a root or an intermediate. */
interface Issuer {
  readonly subject: string;
  readonly keys: webcrypto.CryptoKeyPair;
  readonly keyType: KeyType;
  readonly cert: string;
}

/** A certificate authority of the test's own. */
export async function createAuthority(options: AuthorityOptions = {}): Promise<Authority> {
  const { intermediates: count = 0, keyType = "ec", name = "Test" } = options;
  const root = await createIssuer(`CN=${name} root`, keyType, null);
  const below: Issuer[] = [];
  for (let number = 1; number <= count; number += 1) {
    below.unshift(await createIssuer(`CN=${name} intermediate ${number}`, keyType, below[0] ?? root));
  }
  const issuer = below[0] ?? root;
  return { root: root.cert, intermediates: below.map(({ cert }) => cert), issue: (leaf = {}) => issue(issuer, leaf) };
}

/** A leaf with everything above it. `intermediates` are as many as asked for, `keyType` is everybody's. */
export async function createChain(options: AuthorityOptions & LeafOptions = {}): Promise<Chain> {
  const authority = await createAuthority(options);
  const leaf = await authority.issue(options);
  return { root: authority.root, intermediates: authority.intermediates, ...leaf };
}

/** A leaf without an authority: what a client trusts is itself. */
export async function createSelfSigned(options: LeafOptions = {}): Promise<Certificate> {
  return issue(null, options);
}

async function createIssuer(subject: string, keyType: KeyType, above: Issuer | null): Promise<Issuer> {
  const keys = await createKeys(keyType);
  const extensions = [
    new BasicConstraintsExtension(true, undefined, true),
    new KeyUsagesExtension(KeyUsageFlags.keyCertSign, true),
  ];
  const validity = { notBefore: new Date(Date.now() - DAY), notAfter: new Date(Date.now() + 365 * DAY) };
  const cert = await sign({ subject, keys, keyType, above, extensions, ...validity });
  return { subject, keys, keyType, cert };
}

async function issue(above: Issuer | null, options: LeafOptions): Promise<Certificate> {
  const { names = ["localhost"], keyType = "ec", client = false } = options;
  const { notBefore = new Date(Date.now() - HOUR), notAfter = new Date(Date.now() + DAY) } = options;
  const keys = await createKeys(keyType);
  const extensions = [
    new SubjectAlternativeNameExtension(names.map((name) => ({ type: isIP(name) ? "ip" : "dns", value: name }))),
    new ExtendedKeyUsageExtension([client ? ExtendedKeyUsage.clientAuth : ExtendedKeyUsage.serverAuth]),
    new BasicConstraintsExtension(false),
  ];
  const subject = `CN=${names[0] ?? "nobody"}`;
  const { serialNumber, issuerKeyId } = options;
  const cert = await sign({
    subject,
    keys,
    keyType,
    above,
    extensions,
    notBefore,
    notAfter,
    serialNumber,
    issuerKeyId,
  });
  return { key: KeyObject.from(keys.privateKey).export({ type: "pkcs8", format: "pem" }).toString(), cert };
}

async function createKeys(keyType: KeyType): Promise<webcrypto.CryptoKeyPair> {
  return (await crypto.subtle.generateKey(ALGORITHMS[keyType], true, ["sign", "verify"])) as webcrypto.CryptoKeyPair;
}

interface ToBeSigned {
  readonly subject: string;
  readonly keys: webcrypto.CryptoKeyPair;
  readonly keyType: KeyType;
  /** Null: it signs itself. */
  readonly above: Issuer | null;
  readonly extensions: readonly Extension[];
  readonly notBefore: Date;
  readonly notAfter: Date;
  readonly serialNumber?: string | undefined;
  readonly issuerKeyId?: string | undefined;
}

async function sign(to: ToBeSigned): Promise<string> {
  const by = to.above ?? to;
  const identifiers = [
    await SubjectKeyIdentifierExtension.create(to.keys.publicKey),
    to.issuerKeyId === undefined
      ? await AuthorityKeyIdentifierExtension.create(by.keys.publicKey)
      : new AuthorityKeyIdentifierExtension(to.issuerKeyId),
  ];
  const certificate = await X509CertificateGenerator.create({
    subject: to.subject,
    issuer: by.subject,
    publicKey: to.keys.publicKey,
    signingKey: by.keys.privateKey,
    signingAlgorithm: ALGORITHMS[by.keyType],
    extensions: [...to.extensions, ...identifiers],
    notBefore: to.notBefore,
    notAfter: to.notAfter,
    ...(to.serialNumber === undefined ? {} : { serialNumber: to.serialNumber }),
  });
  return `${certificate.toString("pem")}\n`;
}
