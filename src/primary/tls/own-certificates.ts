import { hostname } from "node:os";
import type { Config } from "../../config/config.ts";
import { usesAcme } from "../../config/tls.ts";
import { AppError } from "../../errors.ts";
import { certificateFolder, isInMemory, openCertificateFolder } from "../../placement/place-certificates.ts";
import { Roots } from "../../tls/chain.ts";
import type { Facts } from "../../tls/facts.ts";
import { loadCertificate } from "../../tls/load-certificate.ts";
import type { Source } from "../../tls/source.ts";
import type { TlsNarrator } from "../output/tls-narrator.ts";
import type { Generation } from "../workers/generations.ts";
import { ownerOf } from "../workers/identity.ts";
import type { Certify } from "./certify.ts";
import { ownFiles, type OwnFiles } from "./wanted.ts";

const DAY = 86_400_000;

/** Browsers take no longer lifetime. */
const DEV_DAYS = 365;
/** What is trusted by hand is kept for as long as it goes. */
const DEV_LEFT = 30 * DAY;
const PLACEHOLDER_DAYS = 90;
const PLACEHOLDER_LEFT = 14 * DAY;

/** Where the files are that Drover makes or obtains for this generation; null: it needs none. @throws AppError CONTROL_FAILED */
export function ownFilesOf({ resolved, launch }: Generation, env: NodeJS.ProcessEnv): OwnFiles | null {
  const { tls, name } = resolved.config;
  if (tls.mode !== "dev" && !usesAcme(tls)) return null;
  return ownFiles(certificateFolder(name, ownerOf(launch), env));
}

/**
 * Makes what the workers need to listen: a certificate for developing, or something to show until the authority has given its own.
 * @throws AppError
 */
export async function makeOwn(
  tls: Config["tls"],
  own: OwnFiles,
  now: number,
  certify: Certify,
  narrator: TlsNarrator,
): Promise<void> {
  openCertificateFolder(own.folder);
  if (tls.mode === "dev") {
    if (!(await isUsable(own.dev, devNames(), now + DEV_LEFT))) await selfSign(own.dev, devNames(), DEV_DAYS, certify);
    return narrator.dev(own.dev.cert ?? "");
  }
  if (isInMemory(own.folder)) narrator.forgetful(own.folder);
  const missing = await missingDomains(tls.acme.domains, own, now);
  if (missing.length === 0 || (await isUsable(own.placeholder, missing, now + PLACEHOLDER_LEFT))) return;
  await selfSign(own.placeholder, missing, PLACEHOLDER_DAYS, certify);
}

/** Those without a certificate that clients would take. */
async function missingDomains(domains: readonly string[], own: OwnFiles, now: number): Promise<readonly string[]> {
  const usable = await Promise.all(domains.map((domain) => isUsable(own.issued(domain), [domain], now)));
  return domains.filter((_, index) => usable[index] === false);
}

async function isUsable(source: Source, names: readonly string[], until: number): Promise<boolean> {
  const facts = await factsOf({ ...source, names });
  return facts !== null && facts.notAfter > until && facts.uncovered.length === 0;
}

/** Null: no certificate can be read there. */
export async function factsOf(source: Source): Promise<Facts | null> {
  try {
    return (await loadCertificate(source, new Roots())).facts;
  } catch (error) {
    if (error instanceof AppError) return null;
    throw error;
  }
}

async function selfSign(
  { cert, key }: Source,
  names: readonly string[],
  days: number,
  certify: Certify,
): Promise<void> {
  const job = { job: "self-sign", names, days, certFile: cert ?? "", keyFile: key ?? "" } as const;
  await certify(job, async () => undefined);
}

/** The machine's own name, where it is one that a certificate can have. */
function devNames(): readonly string[] {
  const host = hostname().toLowerCase();
  const isName = /^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/.test(host) && host !== "localhost";
  return ["localhost", "127.0.0.1", "::1", ...(isName ? [host] : [])];
}
