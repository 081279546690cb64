import type { Config } from "../../config/config.ts";
import type { ChallengeType, ObtainJob, RenewalWindowJob } from "../../protocol/certifier.ts";
import { readPemText } from "../../tls/source.ts";
import type { Generation } from "../workers/generations.ts";
import { isPlaceholder, type Held } from "./held.ts";
import type { OwnFiles } from "./wanted.ts";

const DIRECTORIES: Readonly<Record<string, string>> = {
  letsencrypt: "https://acme-v02.api.letsencrypt.org/directory",
  "letsencrypt-staging": "https://acme-staging-v02.api.letsencrypt.org/directory",
};

/** @throws AppError TLS_UNREADABLE */
export async function obtainJob(generation: Generation, own: OwnFiles, held: Held): Promise<ObtainJob> {
  const { acme } = generation.resolved.config.tls;
  const { source } = held.wanted;
  return {
    job: "obtain",
    ...(await authority(acme)),
    email: acme.email,
    names: source.names,
    challenges: challengesOf(generation),
    profile: acme.profile,
    externalAccount: acme.keyId !== null && acme.macKey !== null ? { keyId: acme.keyId, hmacKey: acme.macKey } : null,
    accountFile: own.account,
    certFile: source.cert ?? "",
    keyFile: source.key ?? "",
    replaces: isPlaceholder(held) ? null : held.facts.chain.join(""),
  };
}

/** @throws AppError TLS_UNREADABLE */
export async function renewalWindowJob({ resolved }: Generation, held: Held): Promise<RenewalWindowJob> {
  const { acme } = resolved.config.tls;
  return { job: "renewal-window", ...(await authority(acme)), cert: held.facts.chain.join("") };
}

async function authority({
  directory,
  trust,
}: Config["tls"]["acme"]): Promise<{ readonly directory: string; readonly trust: string | null }> {
  return {
    directory: DIRECTORIES[directory] ?? directory,
    trust: trust === null ? null : (await readPemText("tls.acme.trust", trust)).text,
  };
}

/** In order of preference. Where no plain HTTP comes in, only the port of HTTPS is left to prove a name at. */
function challengesOf({ resolved, launch }: Generation): readonly ChallengeType[] {
  const { challenge } = resolved.config.tls.acme;
  if (challenge !== "auto") return [challenge];
  return launch.boot.redirects.length > 0 ? ["http-01", "tls-alpn-01"] : ["tls-alpn-01"];
}
