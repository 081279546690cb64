import { lookup } from "node:dns/promises";
import type { Config } from "../../config/config.ts";
import { speaksTls, usesAcme } from "../../config/tls.ts";
import { AppError } from "../../errors.ts";
import { wantedBy } from "../../primary/tls/wanted.ts";
import { Roots } from "../../tls/chain.ts";
import { endIsNear, showLeft } from "../../tls/expiry.ts";
import { judge, list } from "../../tls/judge.ts";
import { loadCertificate, readCertificates } from "../../tls/load-certificate.ts";
import { placeOf, type Source } from "../../tls/source.ts";
import type { Check } from "./checks.ts";

const NAME = "certificate";

/** Whether HTTPS would come up, and clients would take it. @param now Milliseconds since the epoch. */
export async function checkTlsSetup({ tls }: Config, now: number): Promise<readonly Check[]> {
  if (!speaksTls(tls)) return [];
  const certificates = wantedBy(tls, null).map(({ source }) => checkCertificate(source, now));
  const names = usesAcme(tls) ? tls.acme.domains.map(checkName) : [];
  return [
    ...checkClock(now),
    ...(await Promise.all(certificates)).flat(),
    ...(await checkClientCa(tls.clientCa)),
    ...(await Promise.all(names)),
  ];
}

/** No certificate is older than this: before it the clock is wrong, and with it every judgement. */
const EARLIEST = Date.UTC(2026, 0, 1);

function checkClock(now: number): readonly Check[] {
  if (now >= EARLIEST) return [];
  const message = `this machine's clock says ${new Date(now).toISOString().slice(0, 16)}`;
  const fix = "Set it, by NTP if possible: certificates are valid from a moment to a moment.";
  return [{ name: "clock", state: "warning", message, fix }];
}

async function checkCertificate(source: Source, now: number): Promise<readonly Check[]> {
  try {
    const { facts } = await loadCertificate(source, new Roots());
    const { warnings } = judge({ occasion: "start", facts, before: null, now });
    const flaws = warnings.map(({ message, hint }): Check => {
      return { name: NAME, state: "warning", message: `${placeOf(source)} ${message}`, fix: hint };
    });
    const left = showLeft(facts.notAfter, now);
    const message = `${list(facts.names)} (${facts.issuer}, ${facts.keyType}), expires in ${left}: ${placeOf(source)}`;
    if (facts.notAfter > now && now >= endIsNear(facts))
      flaws.push({ name: NAME, state: "warning", message, fix: "Renew it; its files are watched." });
    return flaws.length > 0 ? flaws : [{ name: NAME, state: "ok", message }];
  } catch (error) {
    return [asCheck(error)];
  }
}

async function checkClientCa(values: readonly string[]): Promise<readonly Check[]> {
  try {
    for (const value of values) await readCertificates("tls.clientCa", value);
    return [];
  } catch (error) {
    return [asCheck(error)];
  }
}

function asCheck(error: unknown): Check {
  if (!(error instanceof AppError)) throw error;
  const { message, hint } = error;
  return { name: NAME, state: "problem", message, ...(hint !== undefined && { fix: hint }) };
}

/** An authority finds the machine by its name. Which machine it finds cannot be told from here. */
async function checkName(domain: string): Promise<Check> {
  const name = "domain";
  const found = await lookup(domain, { all: true }).catch((error: NodeJS.ErrnoException) => error.code ?? "no answer");
  if (typeof found !== "string") {
    const addresses = found.map(({ address }) => address).join(", ");
    return { name, state: "ok", message: `${domain} leads to ${addresses}` };
  }
  const message = `${domain} leads nowhere (${found}), so that no authority gives a certificate for it`;
  return { name, state: "warning", message, fix: "Add its A or AAAA record, with this machine's public address." };
}
