import type { Resolved } from "../../config/config.ts";
import { speaksTls } from "../../config/tls.ts";
import { showAddress, type Address } from "../../protocol/address.ts";
import type { Ledger } from "../../protocol/control.ts";
import type { CrashReason } from "../../protocol/crash.ts";
import { isSecure, type ErrorReport, type Protocol } from "../../protocol/ipc.ts";
import type { Log } from "../../telemetry/log.ts";
import { showRanges } from "../../telemetry/ranges.ts";
import { count, duration, plural } from "../../telemetry/words.ts";
import { showLedger } from "../operation/ledger.ts";
import { areNamed } from "../sockets/addresses.ts";
import type { Listener } from "../sockets/listeners.ts";
import type { Member } from "../workers/crew.ts";
import type { WorkerExit } from "../workers/worker-handle.ts";

/** More pids than this make a line nobody reads; each has been told with its worker. */
const FEW = 8;

/** Says what happened: each line once, for people (`text`) and for programs (`event` and fields). */
export class Narrator {
  readonly #log: Log;
  readonly #resolved: Resolved;

  constructor(log: Log, resolved: Resolved) {
    this.#log = log;
    this.#resolved = resolved;
  }

  started(version: string, found: string | null): void {
    const { config, workersWhy } = this.#resolved;
    const facts = { pid: process.pid, version, node: process.version, name: config.name, entry: config.entry };
    this.#log.info("primary-started", facts, `Drover ${version}, primary pid ${process.pid}, Node ${process.version}`);
    if (found) this.#log.info("entry-found", { entry: config.entry, found }, `runs ${found}`);
    if (process.pid === 1) {
      const text = "runs as process 1, which must collect orphans and does not: use an init (docker run --init, tini)";
      this.#log.warn("pid-1", {}, text);
    }
    const workers = `${count(config.workers, "worker")}: ${workersWhy}`;
    this.#log.info("workers", { count: config.workers, why: workersWhy }, workers);
  }

  forked({ handle }: Member): void {
    const { slot, pid, generation } = handle;
    const text = `worker ${slot} started, pid ${pid}${generation === 1 ? "" : `, generation ${generation}`}`;
    if (pid !== 0) this.#log.info("worker-started", { slot, pid, generation }, text);
  }

  workerReady({ handle, forkedAt }: Member, now: number): void {
    const ms = Math.round(now - forkedAt);
    const { slot, pid } = handle;
    this.#log.info("worker-ready", { slot, pid, ms }, `worker ${slot} ready, pid ${pid}, after ${duration(ms)}`);
  }

  forkFailed(slot: number, error: Error): void {
    this.#log.error(
      "worker-not-started",
      { slot, error: { name: error.name, message: error.message } },
      `worker ${slot} could not be started: ${error.message}`,
    );
  }

  noneLeft(): void {
    this.#log.error("none-left", {}, 'the last worker has gone, and restart is "never"');
  }

  /** @param first the app's server that speaks TLS with Drover's certificates, where one has said so */
  listening(listener: Listener, protocol: Protocol, first: Listener | undefined): void {
    const address = showAddress(listener.address);
    const url = urlOf(listener.address, protocol);
    const isRedirect = protocol === "redirect";
    const whose = listener.own ? `, worker ${listener.own.slot} alone` : "";
    const text = isRedirect ? `redirects ${url ?? address} to HTTPS` : `listens on ${url ?? address}${whose}`;
    const apart = isRedirect || !speaksTls(this.#resolved.config.tls) ? "" : whyApart(listener, protocol);
    const facts = { address, protocol, ...(url && { url }), ...(listener.own && { slot: listener.own.slot }) };
    if (apart !== "" && first && listener.address.kind === "tcp" && this.#isGuess(protocol)) {
      return this.#log.warn("listening", facts, `${text}${guessed(first, listener.address.port)}`);
    }
    this.#log.info("listening", facts, `${text}${apart}`);
  }

  /** Nobody has said which of the app's http servers is to speak TLS. */
  #isGuess(protocol: Protocol): boolean {
    return (protocol === "http" || protocol === "http2") && !areNamed(this.#resolved);
  }

  /** The line a newcomer looks for. */
  ready(members: readonly Member[], listeners: readonly Listener[], ms: number): void {
    const { name } = this.#resolved.config;
    const framework = members.find((member) => member.framework)?.framework ?? "app";
    const pids = members.map((member) => member.handle.pid);
    const serving = listeners.filter(({ protocol }) => protocol !== "redirect").toSorted(secureFirst);
    const [first] = serving;
    const facts = { name, framework, url: first ? whereIs(first) : null, workers: pids.length, pids, ms };
    const where = first ? ` on ${families(serving).map(showFamily).join(", ")}` : "";
    const known = pids.length <= FEW ? `, ${plural(pids.length, "pid")} ${pids.join(", ")}` : "";
    const crew = `${count(pids.length, "worker")} (${this.#resolved.workersWhy})${known}`;
    this.#log.info("ready", facts, `${name} (${framework}) is ready${where} after ${duration(ms)}: ${crew}`);
  }

  /** @param size slots beyond are not to come back */
  covered(listener: Listener, by: number, size: number): void {
    const slot = listener.own?.slot ?? 0;
    const why = slot > size ? `, which was worker ${slot}'s` : ` while worker ${slot} is away`;
    const facts = { address: showAddress(listener.address), slot, by };
    this.#log.info("covered", facts, `worker ${by} covers ${whereIs(listener)}${why}`);
  }

  servedAgain(listener: Listener): void {
    const slot = listener.own?.slot ?? 0;
    const facts = { address: showAddress(listener.address), slot };
    this.#log.info("uncovered", facts, `worker ${slot} serves ${whereIs(listener)} again`);
  }

  clusterBlockSkipped(members: readonly Member[]): void {
    const pids = members.map((member) => member.handle.pid);
    const text =
      "the app has cluster code of its own: cluster.isPrimary is false here, so its primary block (forking, restarting) does not run; " +
      `Drover runs ${count(pids.length, "worker")} instead (${plural(pids.length, "pid")} ${pids.join(", ")}) and replaces each that dies`;
    this.#log.info("cluster-block-skipped", { workers: pids.length, pids }, text);
  }

  portDiffers(asked: string, listeners: readonly Listener[]): void {
    const found = listeners.map((one) => showAddress(one.address)).join(", ") || "nothing";
    const keeps = this.#resolved.config.perSlot ? "it keeps that, all workers share it" : "it keeps that";
    const text = `asked for ${asked}, but the app listens by itself on ${found}: ${keeps}; have it read process.env.PORT to change it`;
    this.#log.warn("port-differs", { asked, listening: found }, text);
  }

  serveChanged(): void {
    const text =
      "the app was served from its export, then called listen() itself: its own listener counts from now on; " +
      'set serve: "listen" so that it is not served before that';
    this.#log.warn("serve-changed", {}, text);
  }

  loaderTried(loader: string): void {
    this.#log.info(
      "loader",
      { loader },
      `the app uses TypeScript that Node cannot strip: trying again with its own ${loader}`,
    );
  }

  leaving({ handle }: Member, signal: string | undefined, error: ErrorReport | undefined): void {
    const why = signal ? `received ${signal}` : "had an uncaught error";
    const text = `worker ${handle.slot}, pid ${handle.pid}, ${why}: it finishes its other requests and leaves`;
    this.#log.warn("worker-leaving", { slot: handle.slot, pid: handle.pid, signal, error }, text);
  }

  draining({ handle }: Member): void {
    const { slot, pid } = handle;
    this.#log.debug("draining", { slot, pid }, `worker ${slot}, pid ${pid}, drains`);
  }

  /** `firstBoot`: nothing has been ready yet, and the error will be told once, at the end. */
  left(member: Member, exit: WorkerExit, wasDraining: boolean, firstBoot: boolean, now: number): void {
    const { slot, pid } = member.handle;
    const uptimeMs = Math.round(now - member.forkedAt);
    const { code, signal } = exit;
    const reason = reasonOf(member, exit);
    const error = member.error && firstBoot ? { ...member.error, stack: undefined } : (member.error ?? undefined);
    const facts = { slot, pid, code, signal, uptimeMs, reason, error, ...(member.crash && { crash: member.crash.id }) };
    const more = member.crash ? ` (drover crashes ${member.crash.id})` : "";
    const text = `worker ${slot} died, pid ${pid}, ${reason}, up ${duration(uptimeMs)}${more}`;
    if (member.killReason === ROLLED_BACK)
      return this.#log.info("worker-left", facts, `worker ${slot} left, pid ${pid}: ${ROLLED_BACK}`);
    if (exit.spawnError)
      return this.#log.error("worker-died", facts, `worker ${slot} could not start: ${exit.spawnError.message}`);
    if (member.killReason === STOPPED)
      return this.#log.info("worker-left", facts, `worker ${slot} stopped, pid ${pid}`);
    if (wasDraining && !member.error && !member.killReason && !member.crash) {
      return this.#log.info("worker-left", facts, `worker ${slot} left, pid ${pid}, up ${duration(uptimeMs)}`);
    }
    this.#log.error("worker-died", facts, text);
  }

  delayed(slot: number, delayMs: number, failures: number): void {
    const text = `worker ${slot} starts again in ${duration(delayMs)}: ${count(failures, "death")} in a row before an answered request`;
    this.#log.warn("worker-restart-delayed", { slot, delayMs: Math.round(delayMs), failures }, text);
  }

  notUnderstood({ handle: { slot, pid } }: Member, type: string): void {
    const text = `worker ${slot}, pid ${pid}, sent a message of type ${type} that makes no sense: ignored`;
    this.#log.warn("message-ignored", { slot, pid, type }, text);
  }

  standIn(running: boolean): void {
    if (running) {
      const text = "no worker has been ready for 5 s: a stand-in answers 503 until one is";
      this.#log.error("stand-in-started", {}, text);
      return;
    }
    this.#log.info("stand-in-stopped", {}, "the stand-in has left");
  }

  stopping(why: string, now: boolean): void {
    const text = now ? `stops now: ${why}` : `stops: ${why}; workers finish their requests`;
    this.#log.info("stopping", { why, now }, text);
  }

  stopped(ledger: Ledger, killed: number): void {
    const dead = killed === 0 ? "" : `, ${count(killed, "worker")} killed`;
    this.#log.info("stopped", { ...ledger, killed }, `stopped: ${showLedger(ledger)}${dead}`);
  }
}

/** The kill of a worker for no fault of its own. */
export const STOPPED = "stopped at once";
export const ROLLED_BACK = "its generation has failed";
export const PROVED = "killed by drover prove";

/** What code and signal alone do not tell. */
const UNSEEN: ReadonlySet<CrashReason> = new Set(["heap-out-of-memory", "oom-killed"]);

/** In words, the death's cause as far as the primary can know it. */
export function reasonOf(member: Member, { code, signal }: WorkerExit): string {
  const how = signal ? `killed by ${signal}` : `exit code ${code}`;
  if (member.crash !== null && UNSEEN.has(member.crash.reason)) return `${member.crash.text} (${signal})`;
  if (member.killReason) return member.killReason;
  if (member.framework === null && member.error)
    return `${how}, could not boot: ${member.error.message.split("\n")[0]}`;
  return member.error ? `${how}, uncaught ${member.error.name}: ${member.error.message.split("\n")[0]}` : how;
}

/** Why a listener does without the certificates that are configured; empty for one that does not. */
function whyApart({ ownTls }: Listener, protocol: Protocol): string {
  if (ownTls) return ", as the app's own TLS server, with the app's certificates";
  if (isSecure(protocol)) return "";
  const other =
    protocol === "http" ? "TLS is for the app's own address, which --port names" : "TLS is for http servers";
  return `, without TLS: ${other}`;
}

function guessed(listener: Listener, port: number): string {
  return `, without TLS: no address is named, so ${whereIs(listener)}, the first that the app has opened, got it; if this is the one for TLS, start with --port ${port}`;
}

/** The app's address comes before others, such as one for metrics. */
function secureFirst(one: Listener, other: Listener): number {
  return Number(isSecure(other.protocol)) - Number(isSecure(one.protocol));
}

function families(listeners: readonly Listener[]): readonly (readonly Listener[])[] {
  return [...Map.groupBy(listeners, ({ key, own }) => own?.of ?? key).values()];
}

function showFamily(family: readonly Listener[]): string {
  const inOrder = family.toSorted((a, b) => (a.own?.slot ?? 0) - (b.own?.slot ?? 0));
  const each = family.length > 1 ? ", one per worker" : "";
  return `${showRanges(inOrder.map(whereIs))}${each}`;
}

function whereIs({ address, protocol }: Listener): string {
  return urlOf(address, protocol ?? "tcp") ?? showAddress(address);
}

function urlOf(address: Address, protocol: Protocol): string | null {
  if (address.kind === "unix" || protocol === "tcp") return null;
  const scheme = isSecure(protocol) ? "https" : "http";
  const everywhere = address.host === null || address.host === "::" || address.host === "0.0.0.0";
  const host = everywhere ? "localhost" : showAddress(address).replace(/:\d+$/, "");
  return `${scheme}://${host}:${address.port}`;
}
