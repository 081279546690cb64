import type { Config } from "../../config/config.ts";
import { AppError } from "../../errors.ts";
import { Roots } from "../../tls/chain.ts";
import { judge, type Finding, type Occasion } from "../../tls/judge.ts";
import { loadCertificate, readCertificates, type Loaded } from "../../tls/load-certificate.ts";
import { order } from "../../tls/order.ts";
import { isPem } from "../../tls/pem.ts";
import { filesOf, placeOf } from "../../tls/source.ts";
import { isPlaceholder, type Held } from "./held.ts";
import type { GenerationTls } from "./tls-world.ts";
import { isDefaultNamed, wantedBy, type OwnFiles, type Wanted } from "./wanted.ts";

type Tls = Config["tls"];

/** The certificates of a generation, as they were read last. */
export interface Reading {
  /** The default one first. */
  readonly held: readonly Held[];
  /** PEM. Who signs the certificates of clients. */
  readonly clientCa: readonly string[];
  /** Why its last change was refused; null: it was not. */
  readonly clientCaProblem: string | null;
  /** What does not go together. */
  readonly mixed: readonly Finding[];
}

export interface Refused {
  readonly held: Held;
  readonly problem: string;
  readonly hint: string;
  /** When it will be right by itself, in milliseconds since the epoch; null: it will not. */
  readonly rightAt: number | null;
}

/** What another look at the files has found. */
export interface Change {
  /** What was refused is in it as it was before. */
  readonly next: Reading;
  readonly isDifferent: boolean;
  readonly swapped: readonly { readonly held: Held; readonly warnings: readonly Finding[] }[];
  readonly refused: readonly Refused[];
  /** Why who signs the certificates of clients stays who it was; null: no reason. */
  readonly clientCaRefused: AppError | null;
}

/**
 * For a generation that is to be started.
 * @param before of the generation that runs; null: there is none
 * @throws AppError TLS_UNREADABLE, TLS_INVALID
 */
export async function readFirst(tls: Tls, own: OwnFiles | null, now: number, before: Reading | null): Promise<Reading> {
  const roots = new Roots();
  const held: Held[] = [];
  for (const wanted of wantedBy(tls, own)) {
    const former = before?.held.find((one) => one.wanted.source.option === wanted.source.option) ?? null;
    const loaded = keepReal(await loadWanted(wanted, roots, now), wanted, former, now);
    const [refusal] = check(loaded, former, "reload", now).refused;
    if (refusal) throw invalid(wanted, refusal);
    held.push({ ...loaded, wanted, problem: null });
  }
  return { ...arrange(tls, held), clientCa: await readClientCa(tls), clientCaProblem: null };
}

/** For a generation that runs. Nothing worse than what it has is taken. */
export async function readAgain(tls: Tls, reading: Reading, now: number): Promise<Change> {
  const roots = new Roots();
  const swapped: { held: Held; warnings: readonly Finding[] }[] = [];
  const refused: Refused[] = [];
  const held: Held[] = [];
  for (const one of reading.held) {
    const fresh = await attempt(() =>
      isPlaceholder(one) ? loadWanted(one.wanted, roots, now) : loadOwn(one.wanted, roots),
    );
    if (fresh instanceof AppError) {
      refused.push({ held: one, problem: fresh.message, hint: fresh.hint ?? "", rightAt: null });
      held.push(one);
      continue;
    }
    const { refused: findings, warnings } = check(fresh, one, "change", now);
    const isSame = sameCertificate(fresh, one);
    const [refusal] = isSame ? [] : findings;
    const next: Held = refusal ? one : { ...fresh, wanted: one.wanted, problem: null };
    if (refusal) refused.push(asRefused(one, refusal, fresh, now));
    else if (!isSame) swapped.push({ held: next, warnings });
    held.push(next);
  }
  const clientCa = await attempt(() => readClientCa(tls));
  const clientCaRefused = clientCa instanceof AppError ? clientCa : null;
  const next = {
    ...arrange(tls, held),
    clientCa: clientCa instanceof AppError ? reading.clientCa : clientCa,
    clientCaProblem: clientCaRefused && reading.clientCaProblem,
  };
  const isDifferent = swapped.length > 0 || next.clientCa.join("") !== reading.clientCa.join("");
  return { next, isDifferent, swapped, refused, clientCaRefused };
}

/** Only what is not valid yet becomes right without anybody. */
function asRefused(held: Held, { message, hint }: Finding, { facts }: Loaded, now: number): Refused {
  return { held, problem: `it ${message}`, hint, rightAt: facts.notBefore > now ? facts.notBefore : null };
}

export function forWorkers({ held, clientCa }: Reading): GenerationTls {
  return { certificates: held.map(({ certificate }) => certificate), clientCa };
}

/** The files whose change matters. */
export function filesFor(tls: Tls, own: OwnFiles | null): readonly string[] {
  const sources = wantedBy(tls, own).flatMap(({ source, placeholder }) =>
    placeholder ? [source, placeholder] : [source],
  );
  return [...sources.flatMap(filesOf), ...tls.clientCa.filter((value) => !isPem(value))];
}

/** With what is missing or of no use to clients shown as what it is: a placeholder. */
async function loadWanted(wanted: Wanted, roots: Roots, now: number): Promise<Loaded> {
  const { source, placeholder } = wanted;
  if (placeholder === null) return await loadOwn(wanted, roots);
  const loaded = await attempt(() => loadOwn(wanted, roots));
  if (!(loaded instanceof AppError) && loaded.facts.notAfter > now && loaded.facts.uncovered.length === 0)
    return loaded;
  return await loadCertificate({ ...placeholder, names: source.names }, roots);
}

/** The files of one that serves may have been lost: no reason to show a placeholder. */
function keepReal(loaded: Loaded, wanted: Wanted, former: Held | null, now: number): Loaded {
  const isLost = former !== null && isPlaceholder({ ...loaded, wanted, problem: null }) && !isPlaceholder(former);
  return isLost && former.facts.notAfter > now ? former : loaded;
}

/** The chain of an authority that was chosen is taken at its word: it may be a private one. */
async function loadOwn({ source, placeholder }: Wanted, roots: Roots): Promise<Loaded> {
  const loaded = await loadCertificate(source, roots);
  const isTaken = placeholder !== null && loaded.facts.trust.to === "nowhere";
  return isTaken ? { ...loaded, facts: { ...loaded.facts, trust: { to: "private" } } } : loaded;
}

function check({ facts }: Loaded, before: Held | null, occasion: Occasion, now: number): ReturnType<typeof judge> {
  return judge({ occasion, facts, before: before === null || isPlaceholder(before) ? null : before.facts, now });
}

function arrange(tls: Tls, held: readonly Held[]): Pick<Reading, "held" | "mixed"> {
  const { certificates, warnings } = order(held, isDefaultNamed(tls), process.versions.node);
  return { held: certificates, mixed: warnings };
}

async function readClientCa({ clientCa }: Tls): Promise<readonly string[]> {
  const read = await Promise.all(clientCa.map((value) => readCertificates("tls.clientCa", value)));
  return read.flat().map((certificate) => certificate.toString());
}

function sameCertificate(one: Loaded, other: Loaded): boolean {
  return JSON.stringify(one.certificate) === JSON.stringify(other.certificate);
}

function invalid({ source }: Wanted, { message, hint }: Finding): AppError {
  return new AppError("TLS_INVALID", `${source.option}: the certificate in ${placeOf(source)} ${message}`, hint);
}

async function attempt<T>(work: () => Promise<T>): Promise<T | AppError> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof AppError) return error;
    throw error;
  }
}
