import { generateKeyPairSync, sign } from "node:crypto";

export interface Certificate {
  /** PEM. */
  readonly key: string;
  /** PEM, self-signed: also what a client trusts. */
  readonly cert: string;
}

// Tags of ASN.1 DER, as many as a certificate needs.
const BIT_STRING = 0x03;
const INTEGER = 0x02;
const OBJECT_ID = 0x06;
const OCTET_STRING = 0x04;
const SEQUENCE = 0x30;
const SET = 0x31;
const UTC_TIME = 0x17;
const UTF8_STRING = 0x0c;
const DNS_NAME = 0x82;
const VERSION_FIELD = 0xa0;
const EXTENSIONS_FIELD = 0xa3;

const COMMON_NAME = Buffer.from("550403", "hex");
const ECDSA_WITH_SHA256 = Buffer.from("2a8648ce3d040302", "hex");
const SUBJECT_ALT_NAME = Buffer.from("551d11", "hex");

function der(tag: number, ...parts: Buffer[]): Buffer {
  const body = Buffer.concat(parts);
  if (body.length < 0x80) return Buffer.concat([Buffer.from([tag, body.length]), body]);
  const length = Buffer.alloc(2);
  length.writeUInt16BE(body.length);
  return Buffer.concat([Buffer.from([tag, 0x82]), length, body]);
}

function utcTime(date: Date): Buffer {
  const digits = date.toISOString().replaceAll(/[-:T]/g, "").slice(2, 14);
  return der(UTC_TIME, Buffer.from(`${digits}Z`));
}

function pem(label: string, body: Buffer): string {
  const lines = body.toString("base64").match(/.{1,64}/g) ?? [];
  return [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`, ""].join("\n");
}

/**
 * A key and a self-signed certificate for `localhost`, valid for a day.
 * Built by hand because Node cannot issue one, a bare machine may lack openssl, and a key does not belong in a repository.
 */
export function createCertificate(): Certificate {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const algorithm = der(SEQUENCE, der(OBJECT_ID, ECDSA_WITH_SHA256));
  const host = Buffer.from("localhost");
  const name = der(SEQUENCE, der(SET, der(SEQUENCE, der(OBJECT_ID, COMMON_NAME), der(UTF8_STRING, host))));
  const altNames = der(SEQUENCE, der(DNS_NAME, host));
  const extension = der(SEQUENCE, der(OBJECT_ID, SUBJECT_ALT_NAME), der(OCTET_STRING, altNames));
  const hour = 3_600_000;
  const content = der(
    SEQUENCE,
    der(VERSION_FIELD, der(INTEGER, Buffer.from([2]))),
    der(INTEGER, Buffer.from([1])),
    algorithm,
    name,
    der(SEQUENCE, utcTime(new Date(Date.now() - hour)), utcTime(new Date(Date.now() + 24 * hour))),
    name,
    publicKey.export({ type: "spki", format: "der" }),
    der(EXTENSIONS_FIELD, der(SEQUENCE, extension)),
  );
  const signature = sign("sha256", content, privateKey);
  const unusedBits = Buffer.from([0]);
  return {
    key: privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
    cert: pem("CERTIFICATE", der(SEQUENCE, content, algorithm, der(BIT_STRING, unusedBits, signature))),
  };
}
