import { createPrivateKey, X509Certificate, type KeyObject } from "node:crypto";
import { isIP } from "node:net";
import { createSecureContext } from "node:tls";
import { AppError } from "../errors.ts";
import type { Certificate } from "../protocol/tls.ts";
import { orderChain, type Roots } from "./chain.ts";
import { isFor, issuerOf, keyTypeOf, namesOf, subjectOf, type Facts } from "./facts.ts";
import { describePem, isPem, keyOf, someCertificates } from "./pem.ts";
import { modeOf } from "./read-file.ts";
import { readPfx } from "./read-pfx.ts";
import { readBytes, readPemText, type Source } from "./source.ts";

/** A certificate that TLS servers can use, and what is known of it. */
export interface Loaded {
  readonly source: Source;
  readonly certificate: Certificate;
  readonly facts: Facts;
}

/**
 * Reads a certificate with its key and puts its chain in order. What it says of itself is not judged here: that is `judge`'s.
 * @throws AppError TLS_UNREADABLE, TLS_INVALID for what no TLS server could use
 */
export async function loadCertificate(source: Source, roots: Roots): Promise<Loaded> {
  return source.pfx === null ? await loadPem(source, roots) : await loadPfx(source, source.pfx, roots);
}

async function loadPem(source: Source, roots: Roots): Promise<Loaded> {
  const { option, passphrase, ca } = source;
  const cert = await readPemText(`${option}.cert`, source.cert ?? "");
  const given = parseAll(`${option}.cert`, cert.where, someCertificates(`${option}.cert`, cert));
  const others = await Promise.all(ca.map((one) => readCertificates(`${option}.ca`, one)));
  const key = await readKey(option, source.key ?? "", passphrase);
  const leaf = given.find((one) => one.checkPrivateKey(key));
  if (leaf === undefined) throw mismatch(source, cert.where, given);
  const facts = factsOf(leaf, [...given.filter((one) => one !== leaf), ...others.flat()], source, roots);
  refuseWeak(`${option}.cert`, cert.where, facts);
  const pem = {
    cert: facts.chain.join(""),
    key: key.export({ type: "pkcs8", format: "pem" }).toString(),
  };
  attempt(`${option}.cert`, cert.where, () => createSecureContext(pem));
  const openKey = await openToAll(source.key ?? "");
  return { source, certificate: { names: hostsOf(source, facts), ...pem }, facts: { ...facts, openKey } };
}

async function loadPfx(source: Source, path: string, roots: Roots): Promise<Loaded> {
  const { option, passphrase, ca } = source;
  if (ca.length > 0) {
    const hint = "Put them into it: openssl pkcs12 -export -certfile intermediates.pem …, or use cert and key.";
    throw new AppError("TLS_INVALID", `${option}.ca: expected the intermediates to be in ${path}, got others`, hint);
  }
  const bytes = await readBytes(`${option}.pfx`, path);
  const [leaf, ...others] = await readPfx(`${option}.pfx`, path, bytes, passphrase);
  if (leaf === undefined)
    throw new AppError("TLS_INVALID", `${option}.pfx: expected a certificate in ${path}, got none`);
  const facts = factsOf(leaf, others, source, roots);
  refuseWeak(`${option}.pfx`, `in ${path}`, facts);
  const certificate = { names: hostsOf(source, facts), pfx: bytes.toString("base64"), passphrase };
  return { source, certificate, facts: { ...facts, openKey: await openToAll(path) } };
}

/** @throws AppError TLS_UNREADABLE, TLS_INVALID */
export async function readCertificates(option: string, value: string): Promise<readonly X509Certificate[]> {
  const text = await readPemText(option, value);
  return parseAll(option, text.where, someCertificates(option, text));
}

function parseAll(option: string, where: string, pems: readonly string[]): readonly X509Certificate[] {
  return pems.map((pem) => attempt(option, where, () => new X509Certificate(pem)));
}

function attempt<T>(option: string, where: string, make: () => T): T {
  try {
    return make();
  } catch (cause) {
    const message = `${option}: expected a certificate ${where}, got one that OpenSSL refuses: ${(cause as Error).message}`;
    throw new AppError("TLS_INVALID", message, "Has the file been cut off or changed by hand?", { cause });
  }
}

async function readKey(option: string, value: string, passphrase: string | null): Promise<KeyObject> {
  const { text, where } = await readPemText(`${option}.key`, value);
  const pem = keyOf(text);
  if (pem === null) {
    const message = `${option}.key: expected a private key in PEM ${where}, got ${describePem(text)}`;
    throw new AppError(
      "TLS_INVALID",
      message,
      "It begins with -----BEGIN PRIVATE KEY-----, or RSA or EC before PRIVATE.",
    );
  }
  try {
    return createPrivateKey({ key: pem, ...(passphrase !== null && { passphrase }) });
  } catch (cause) {
    throw keyError(`${option}.key`, where, /ENCRYPTED/.test(pem), passphrase, cause);
  }
}

function keyError(
  option: string,
  where: string,
  encrypted: boolean,
  passphrase: string | null,
  cause: unknown,
): AppError {
  if (!encrypted) {
    const message = `${option}: expected a private key ${where}, got one that OpenSSL cannot read`;
    return new AppError("TLS_INVALID", message, "Has the file been cut off or changed by hand?", { cause });
  }
  const got = passphrase === null ? "none" : "another";
  const message = `${option}: expected the passphrase of the private key ${where}, got ${got}`;
  return new AppError("TLS_INVALID", message, "Set DROVER_TLS_PASSPHRASE, or passphrase in the config file.", {
    cause,
  });
}

function mismatch({ option, key }: Source, where: string, given: readonly X509Certificate[]): AppError {
  const whose = given[0] === undefined ? "" : ` (${subjectOf(given[0])})`;
  const place = isPem(key ?? "") ? "in the configuration" : `in ${key}`;
  const message = `${option}.key: expected the private key of the certificate ${where}${whose}, got another one ${place}`;
  return new AppError("TLS_INVALID", message, "Name the key that the certificate was requested with.");
}

function factsOf(
  leaf: X509Certificate,
  others: readonly X509Certificate[],
  source: Source,
  roots: Roots,
): Omit<Facts, "openKey"> {
  const { links, trust, unrelated } = orderChain(leaf, others, roots);
  const { names, namesInSubject } = namesOf(leaf);
  return {
    names,
    namesInSubject,
    issuer: issuerOf(leaf),
    notBefore: leaf.validFromDate.getTime(),
    notAfter: leaf.validToDate.getTime(),
    keyType: keyTypeOf(leaf),
    fingerprint: leaf.fingerprint256,
    trust,
    chain: links.map((link) => link.toString()),
    unrelated: unrelated.map(subjectOf),
    uncovered: source.names.filter((wanted) => !names.some((name) => isFor(name, wanted))),
  };
}

/** OpenSSL 3.5 refuses them, older ones only warn nobody. */
function refuseWeak(option: string, where: string, { keyType }: Pick<Facts, "keyType">): void {
  const [type, bits] = keyType.split(" ");
  if (type !== "RSA" || Number(bits) >= 2048) return;
  const message = `${option}: expected an RSA key of 2048 bits or more, got ${bits} ${where}`;
  throw new AppError(
    "TLS_INVALID",
    message,
    "Have it issued anew for a new key: openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256",
  );
}

/** No client asks for an IP address by SNI. */
function hostsOf({ names }: Source, facts: Pick<Facts, "names">): readonly string[] {
  return names.length > 0 ? names : facts.names.filter((name) => isIP(name) === 0);
}

/** The file of a key, where every user of the machine may read it. */
async function openToAll(value: string): Promise<string | null> {
  if (isPem(value)) return null;
  return ((await modeOf(value)) & 0o004) === 0 ? null : value;
}
