import { isIP } from "node:net";
import { resolve } from "node:path";
import type { CertificateSource } from "../protocol/tls.ts";
import { kind, readText, type Kind, type Parsed } from "./kinds.ts";
import { Withheld } from "./show.ts";

/** Text in PEM stands for itself; anything else is a path. Variables often hold their line ends as `\n`. */
export function isPem(value: string): boolean {
  return value.trimStart().startsWith("-----BEGIN ");
}

/** PEM, as text or as the path of a file. */
export function pem(what: string): Kind<string> {
  const schema = { type: "string", minLength: 1 };
  return withholding(
    kind(`${what} in PEM, as text or as a path`, schema, readPem, { rebase: rebasePem, show: showPem }),
    "text that is not PEM",
  );
}

/** A path where somebody may put what should be in the file. */
export function keyPath(what: string): Kind<string> {
  const schema = { type: "string", minLength: 1 };
  return withholding(
    kind(`the path of ${what}`, schema, readPath, { rebase: (value, folder) => resolve(folder, value) }),
    "text that is no path",
  );
}

function readPath(value: unknown): string | undefined {
  const written = readText(value);
  return written !== undefined && isPath(written) ? written : undefined;
}

/** What is neither PEM nor a path may be a key that has lost its first line: no message repeats it. */
function withholding<T>(inner: Kind<T>, words: string): Kind<T> {
  return {
    ...inner,
    parse(value) {
      const parsed = inner.parse(value);
      const isText = [value].flat().some((one) => readText(one) !== undefined);
      return parsed.ok || !isText ? parsed : { ...parsed, got: new Withheld(words) };
    },
  };
}

/** What `fs.readFileSync` answers is taken as it is: so do Node's own servers. */
function readPem(value: unknown): string | undefined {
  const written = readText(value instanceof Uint8Array ? Buffer.from(value).toString() : value);
  if (written === undefined || isPem(written)) return written?.replaceAll("\\n", "\n");
  return isPath(written) ? written : undefined;
}

/** Linux has no longer ones. Bytes. */
const LONGEST_PATH = 4_096;
/** DER, or PEM once more, in base64: what is in a private key's file, in a variable. */
const BASE64 = /^(M[A-P]|LS0tLS1CRUdJTi)[A-Za-z0-9+/]{40,}={0,2}$/;

function isPath(text: string): boolean {
  if (/[\n\r\0]|PRIVATE KEY/.test(text) || Buffer.byteLength(text) > LONGEST_PATH) return false;
  return !BASE64.test(text.replaceAll(/["'\s]|\\n/g, ""));
}

function rebasePem(value: string, folder: string): string {
  return isPem(value) ? value : resolve(folder, value);
}

function showPem(value: string): string {
  return isPem(value) ? "(PEM)" : value;
}

/** One of {@link pem}, or several: as text, paths with commas between them. */
export function pems(what: string): Kind<readonly string[]> {
  const item = { type: "string", minLength: 1 };
  const schema = { anyOf: [{ type: "array", items: item }, item] };
  return withholding(
    kind(`${what} in PEM, each as text or as a path`, schema, readPems, {
      rebase: (values, folder) => values.map((value) => rebasePem(value, folder)),
      show: (values) => (values.length === 0 ? "none" : values.map(showPem).join(" ")),
    }),
    "text that is not PEM",
  );
}

function readPems(value: unknown): readonly string[] | undefined {
  const given = typeof value === "string" && !isPem(value) ? value.split(",") : [value].flat();
  const texts = given.map((one: unknown) => readPem(typeof one === "string" ? one.trim() : one));
  return texts.some((one) => one === undefined) ? undefined : (texts as string[]);
}

/** Never shown. */
export function secret(what: string): Kind<string> {
  return kind(what, { type: "string", minLength: 1 }, readText, { show: () => "(hidden)" });
}

const FIELDS = ["cert", "key", "ca", "passphrase", "pfx", "names"] as const;
const EXPECTED = "a list of { cert, key, ca, passphrase, pfx, names }, each with cert and key, or with pfx";

/** More certificates: in a config file only. */
export function certificates(): Kind<readonly CertificateSource[]> {
  const one = { type: "string", minLength: 1 };
  const many = { anyOf: [{ type: "array", items: one }, one] };
  const properties = { cert: one, key: one, ca: many, passphrase: one, pfx: one, names: many };
  return {
    schema: { type: "array", items: { type: "object", additionalProperties: false, properties } },
    parse: (value) => (Array.isArray(value) ? parseSources(value) : { ok: false, expected: EXPECTED, got: value }),
    rebase: (sources, folder) => sources.map((source) => rebaseSource(source, folder)),
    show: (sources) => (sources.length === 0 ? "none" : sources.map(showSource).join(" ")),
  };
}

function parseSources(values: readonly unknown[]): Parsed<readonly CertificateSource[]> {
  const sources = values.map(readSource);
  const bad = sources.indexOf(undefined);
  return bad === -1
    ? { ok: true, value: sources as readonly CertificateSource[] }
    : { ok: false, expected: `${EXPECTED} (number ${bad + 1} is not)`, got: values[bad] };
}

function readSource(value: unknown): CertificateSource | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const fields = value as Readonly<Record<string, unknown>>;
  if (Object.keys(fields).some((name) => !FIELDS.some((field) => field === name))) return undefined;
  const [cert, key, pfx] = [fields["cert"], fields["key"], fields["pfx"]].map(readPem);
  const passphrase = fields["passphrase"] ?? null;
  if (passphrase !== null && readText(passphrase) === undefined) return undefined;
  const ca = pems("").parse(fields["ca"] ?? []);
  const names = hostNames("", true).parse(fields["names"] ?? []);
  if (!ca.ok || !names.ok || !(pfx === undefined ? cert && key : !cert && !key)) return undefined;
  return {
    cert: cert ?? null,
    key: key ?? null,
    ca: ca.value,
    passphrase: readText(passphrase) ?? null,
    pfx: pfx ?? null,
    names: names.value,
  };
}

function rebaseSource(source: CertificateSource, folder: string): CertificateSource {
  const { cert, key, ca, pfx } = source;
  const rebase = (value: string | null): string | null => (value === null ? null : rebasePem(value, folder));
  return {
    ...source,
    cert: rebase(cert),
    key: rebase(key),
    pfx: rebase(pfx),
    ca: ca.map((one) => rebasePem(one, folder)),
  };
}

function showSource({ cert, pfx, names }: CertificateSource): string {
  const shown = showPem(cert ?? pfx ?? "");
  return names.length === 0 ? shown : `${shown} for ${names.join(", ")}`;
}

const LABEL = /^(?!-)[a-z0-9_-]{1,63}(?<!-)$/;

/** Names of hosts, lower case: texts with commas between them, one or several. */
export function hostNames(what: string, wildcards: boolean): Kind<readonly string[]> {
  const item = { type: "string", minLength: 1 };
  const read = (value: unknown): readonly string[] | undefined => {
    const given = [value].flat().flatMap((one) => (typeof one === "string" ? one.split(",") : [one]));
    const names = given.map((one) => readText(one)?.trim().toLowerCase() ?? "");
    return names.every((name) => isHostName(name, wildcards)) ? names : undefined;
  };
  return kind(what, { anyOf: [{ type: "array", items: item }, item] }, read, {
    show: (names) => (names.length === 0 ? "none" : names.join(" ")),
  });
}

function isHostName(name: string, wildcards: boolean): boolean {
  if (isIP(name) !== 0 || name.length > 253) return false;
  const labels = (wildcards ? name.replace(/^\*\./, "") : name).split(".");
  return labels.every((label) => LABEL.test(label));
}

/** The value of the header. `true`: for a year. */
export function hsts(): Kind<string> {
  const expected = 'true or a value such as "max-age=31536000; includeSubDomains"';
  const schema = { anyOf: [{ type: "string", pattern: "^max-age=" }, { const: true }] };
  return kind(expected, schema, (value) => {
    if (value === true || value === "true") return "max-age=31536000";
    const written = readText(value)?.trim();
    return written && /^max-age=\d+(\s*;\s*(includeSubDomains|preload))*$/i.test(written) ? written : undefined;
  });
}

/** Of a certificate authority. */
export function acmeDirectory(): Kind<string> {
  const expected = '"letsencrypt", "letsencrypt-staging" or the https:// URL of a directory';
  return kind(expected, { type: "string", minLength: 1 }, (value) => {
    const written = readText(value)?.trim();
    if (written === "letsencrypt" || written === "letsencrypt-staging") return written;
    return written !== undefined && URL.parse(written)?.protocol === "https:" ? written : undefined;
  });
}
