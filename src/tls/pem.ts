import { AppError } from "../errors.ts";

export interface Pem {
  /** `CERTIFICATE`, `RSA PRIVATE KEY`. */
  readonly label: string;
  readonly text: string;
}

const BLOCK = /-----BEGIN ([A-Z0-9 ]+)-----[^]*?-----END \1-----/g;

/** The blocks of a text in PEM; whatever is between them, as tools write there whose certificate it is, is left out. */
export function blocksOf(text: string): readonly Pem[] {
  return [...text.matchAll(BLOCK)].map(([block, label = ""]) => ({ label, text: `${block}\n` }));
}

export function certificatesOf(text: string): readonly string[] {
  return blocksOf(text)
    .filter(({ label }) => /^(X509 |TRUSTED )?CERTIFICATE$/.test(label))
    .map((block) => block.text);
}

/** Null: there is none. */
export function keyOf(text: string): string | null {
  return blocksOf(text).find(({ label }) => label.endsWith("PRIVATE KEY"))?.text ?? null;
}

/** What a text holds that should have held something else, for an error. */
export function describePem(text: string): string {
  const labels = [...new Set(blocksOf(text).map(({ label }) => label))];
  if (labels.length > 0) return labels.join(" and ");
  if (text.trim() === "") return "nothing";
  return /[^\t\n\r\x20-\x7E]/.test(text) ? "no PEM (is it in DER?)" : "no PEM";
}

/** Text in PEM stands for itself; anything else is a path. */
export function isPem(value: string): boolean {
  return value.trimStart().startsWith("-----BEGIN ");
}

/** @throws AppError TLS_INVALID where there is no certificate in it */
export function someCertificates(option: string, { text, where }: { text: string; where: string }): readonly string[] {
  const found = certificatesOf(text);
  if (found.length > 0) return found;
  const message = `${option}: expected a certificate in PEM ${where}, got ${describePem(text)}`;
  throw new AppError("TLS_INVALID", message, "It begins with -----BEGIN CERTIFICATE-----.");
}
