import type { AppError } from "../../errors.ts";
import type { Log } from "../../telemetry/log.ts";
import { count } from "../../telemetry/words.ts";
import { endIsNear, showLeft } from "../../tls/expiry.ts";
import { list, type Finding } from "../../tls/judge.ts";
import { placeOf } from "../../tls/source.ts";
import { isPlaceholder, type Held } from "../tls/held.ts";

/** Says which certificates are used, and what is wrong with them. */
export class TlsNarrator {
  readonly #log: Log;
  readonly #wallNow: () => number;

  constructor(log: Log, wallNow: () => number) {
    this.#log = log;
    this.#wallNow = wallNow;
  }

  loaded(held: Held): void {
    const text = isPlaceholder(held)
      ? `no certificate for ${list(held.wanted.source.names)} yet: a self-signed one is shown until there is`
      : `certificate for ${this.#describe(held)}`;
    this.#log.info("certificate-loaded", this.#facts(held), text);
  }

  swapped(held: Held, workers: number): void {
    const facts = { ...this.#facts(held), workers };
    const text = `new certificate for ${this.#describe(held)}, in use in ${count(workers, "worker")}`;
    this.#log.info("certificate-swapped", facts, text);
  }

  clientCaSwapped(workers: number): void {
    const text = `who signs the certificates of clients has changed, for ${count(workers, "worker")}`;
    this.#log.info("client-ca-swapped", { workers }, text);
  }

  /** A mistake of ours, most likely. */
  unread(error: unknown): void {
    const { message } = error as Error;
    this.#log.error("certificates-unread", { message }, `the files of the certificates could not be read: ${message}`);
  }

  refused(held: Held, problem: string, hint: string): void {
    const text = `the new certificate at ${held.wanted.origin} is refused, the one before is kept: ${problem}. ${hint}`;
    this.#log.error("certificate-refused", { ...this.#facts(held), problem }, text.trim());
  }

  clientCaRefused({ message, hint }: AppError): void {
    const text = `who signs the certificates of clients stays who it was, the change is refused: ${message}. ${hint ?? ""}`;
    this.#log.error("client-ca-refused", { problem: message }, text.trim());
  }

  flawed(held: Held, { rule, message, hint }: Finding): void {
    const text = `the certificate for ${list(held.facts.names)} (${placeOf(held.source)}) ${message}. ${hint}`;
    this.#log.warn("certificate-flawed", { ...this.#facts(held), rule }, text);
  }

  notRenewed(domain: string, { code, message, hint }: AppError, waitMs: number, isMissing: boolean): void {
    const next = `next attempt in ${showLeft(waitMs, 0)}, or by \`drover cert renew\``;
    const meanwhile = isMissing ? "a self-signed one is shown meanwhile" : "the one in use stays";
    const what = isMissing ? "no certificate" : "no new certificate";
    const text = `${what} for ${domain}: ${message}. ${hint ?? ""}`.trimEnd();
    const facts = { domain, error: { code, message }, waitMs: Math.round(waitMs) };
    this.#log.error("certificate-not-obtained", facts, `${text} (${meanwhile}; ${next})`);
  }

  /** How to have it trusted. */
  dev(file: string): void {
    const text =
      `HTTPS for developing, with a self-signed certificate: ${file}. ` +
      `curl --cacert ${file}, NODE_EXTRA_CA_CERTS=${file} for Node, and the system's or browser's settings to trust it there`;
    this.#log.info("certificate-dev", { file }, text);
  }

  /** The folder does not outlive the machine. */
  forgetful(folder: string): void {
    const text = `certificates are kept in memory (${folder}) and end with the machine: authorities give only so many a week. Set DROVER_HOME to a folder on a disk.`;
    this.#log.warn("certificates-in-memory", { folder }, text);
  }

  /** Of several together. */
  mixed({ rule, message, hint }: Finding): void {
    this.#log.warn("certificates-mixed", { rule }, `${message}. ${hint}`);
  }

  expires(held: Held): void {
    const now = this.#wallNow();
    const { names, notAfter } = held.facts;
    if (now < endIsNear(held.facts)) return;
    const left = now < notAfter ? `expires in ${showLeft(notAfter, now)}` : "has expired: clients refuse it";
    const text = `the certificate for ${list(names)} (${held.wanted.origin}) ${left}`;
    this.#log[now < notAfter ? "warn" : "error"]("certificate-expires", this.#facts(held), text);
  }

  #describe({ facts: { names, issuer, keyType, notAfter }, wanted }: Held): string {
    const end = `until ${new Date(notAfter).toISOString().slice(0, 10)}, ${showLeft(notAfter, this.#wallNow())}`;
    return `${list(names)} (${issuer}, ${keyType}, ${end}): ${wanted.origin}`;
  }

  #facts({ facts: { names, issuer, notAfter, fingerprint }, wanted }: Held): Record<string, unknown> {
    return { names, issuer, notAfter, fingerprint, source: wanted.origin };
  }
}
