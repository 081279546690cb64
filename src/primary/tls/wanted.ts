import type { Config } from "../../config/config.ts";
import { usesAcme } from "../../config/tls.ts";
import { placeOf, type Source } from "../../tls/source.ts";

/** A certificate that the configuration asks for. */
export interface Wanted {
  readonly source: Source;
  /** Where it comes from, for people: a path, `configuration`, `ACME (letsencrypt)`, `--tls dev`. */
  readonly origin: string;
  /** What is shown until there is one; null: without it there is no start. */
  readonly placeholder: Source | null;
}

/** Files that Drover itself keeps for an app. */
export interface OwnFiles {
  readonly folder: string;
  readonly account: string;
  /** What became of the attempts to have a certificate issued. */
  readonly renewals: string;
  /** Self-signed, for developing. */
  readonly dev: Source;
  /** Self-signed, for names whose certificate is still to come. */
  readonly placeholder: Source;
  /** From an authority. */
  readonly issued: (domain: string) => Source;
}

export function ownFiles(folder: string): OwnFiles {
  /** Key and certificate in one file change at once, whatever ends while they are written. */
  const source = (option: string, cert: string, key = cert): Source => ({
    option,
    cert: `${folder}/${cert}`,
    key: `${folder}/${key}`,
    ca: [],
    passphrase: null,
    pfx: null,
    names: [],
  });
  return {
    folder,
    account: `${folder}/account.json`,
    renewals: `${folder}/renewals.json`,
    // Two: people hand the certificate on.
    dev: source("tls.mode dev", "dev.pem", "dev.key"),
    placeholder: source("tls.acme", "placeholder.pem"),
    issued: (domain) => ({ ...source(`tls.acme (${domain})`, `${domain}.pem`), names: [domain] }),
  };
}

/** In the order of the configuration: the first is the default one. @param own Needed for `dev` and ACME. */
export function wantedBy(tls: Config["tls"], own: OwnFiles | null): readonly Wanted[] {
  if (own !== null && tls.mode === "dev") return [{ source: own.dev, origin: "--tls dev", placeholder: null }];
  const given = [
    ...(isDefaultNamed(tls) ? [{ ...tls, option: "tls", names: [] }] : []),
    ...tls.certificates.map((source, index) => ({ ...source, option: `tls.certificates[${index}]` })),
  ];
  const issued = own !== null && usesAcme(tls) ? tls.acme.domains.map((domain) => own.issued(domain)) : [];
  return [
    ...given.map((source) => ({ source: toSource(source), origin: placeOf(source), placeholder: null })),
    ...issued.map((source) => ({ source, origin: acmeOrigin(tls), placeholder: own?.placeholder ?? null })),
  ];
}

/** Whether the user has said which one is for clients that name no host. */
export function isDefaultNamed({ mode, cert, pfx }: Config["tls"]): boolean {
  return mode === "auto" && (cert !== null || pfx !== null);
}

function toSource({ option, cert, key, ca, passphrase, pfx, names }: Source): Source {
  return { option, cert, key, ca, passphrase, pfx, names };
}

function acmeOrigin({ acme: { directory } }: Config["tls"]): string {
  return `ACME (${URL.canParse(directory) ? new URL(directory).host : directory})`;
}
