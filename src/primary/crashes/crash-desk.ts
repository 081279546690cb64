import { readFileSync } from "node:fs";
import { dirname } from "node:path";
import { causeOf, idOf } from "../../crashes/cause.ts";
import { fileCrash, makeCrashFolder } from "../../crashes/crash-files.ts";
import { joined, type Filing } from "../../crashes/filing.ts";
import type { Death, LastCrash, Trace } from "../../protocol/crash.ts";
import { PROVED, ROLLED_BACK, STOPPED } from "../output/narrator.ts";
import type { Member } from "../workers/crew.ts";
import type { Launch, WorkerExit } from "../workers/worker-handle.ts";
import type { World } from "../world.ts";
import { describeDeath, lastRequests, type LastRequests } from "./describe.ts";
import { crashFolder } from "./folders.ts";
import { Looks } from "./looks.ts";
import { removeStaleReports, takeNodeReport, tellsOfFullHeap } from "./node-report.ts";
import { oomCounter, OomKills } from "./oom-kills.ts";
import { reasonFor, reasonText, type Evidence } from "./reason.ts";

/** Beats come once a second from each worker; the kernel is asked as often as from one. Milliseconds. */
const LOOK_EVERY = 900;
/** For a dead worker's last lines. A grandchild that keeps its pipe open is not waited for longer. Milliseconds. */
const LAST_LINES = 500;
/** After that no primary will take a report of Node's: it takes it at the death. Milliseconds. */
const UNTAKEN = 600_000;
/** Routes kept of one death. */
const MOST_ROUTES = 40;

/** Where the fleet stood when a worker died. */
interface Circumstances {
  /** It had been told to leave, or had said it would. */
  readonly wasLeaving: boolean;
  /** The app has been up at least once: before that a boot that fails ends Drover with the app's own error. */
  readonly everReady: boolean;
}

/** Writes down why workers died. */
export class CrashDesk {
  readonly #name: string;
  readonly #world: Pick<World, "clock" | "wallNow" | "log" | "environment">;
  readonly #looks = new Looks();
  readonly #oomKills: OomKills;
  #lookedAt = 0;
  /** By their ids: deaths whose cause is not written yet. */
  readonly #pending = new Map<string, Filing>();
  readonly #work = new Set<Promise<void>>();
  #writing = false;
  #failing = false;
  /** Null: nobody has, since this primary started. */
  last: LastCrash | null = null;

  constructor(name: string, world: Pick<World, "clock" | "wallNow" | "log" | "environment">) {
    this.#name = name;
    this.#world = world;
    this.#oomKills = new OomKills(oomCounter(readText));
  }

  /** Makes room for what Node says of fatal errors. Without it those reports lack that part. */
  async open({ boot: { fatalReports } }: Launch): Promise<void> {
    if (fatalReports === null) return;
    try {
      await makeCrashFolder(dirname(fatalReports));
      await makeCrashFolder(fatalReports);
      removeStaleReports(fatalReports, this.#world.wallNow() - UNTAKEN);
    } catch {
      return;
    }
  }

  /** A worker's beat. */
  heard({ handle, pulse }: Member): void {
    const now = this.#world.clock.now();
    if (pulse.last) this.#looks.take(handle.id, pulse.last.underWay, now);
    if (now - this.#lookedAt < LOOK_EVERY) return;
    this.#lookedAt = now;
    this.#oomKills.look(now);
  }

  /** Null: its end was no crash. What is known is written down by and by. */
  died(member: Member, exit: WorkerExit, circumstances: Circumstances): LastCrash | null {
    const now = this.#world.clock.now();
    const { id, pid, slot } = member.handle;
    const at = this.#world.wallNow();
    const forkedAt = at - (now - member.forkedAt);
    const nodeReport = exit.signal === null ? null : takeNodeReport(member.launch.boot.fatalReports, pid, forkedAt);
    const evidence = this.#evidence(member, exit, circumstances, nodeReport);
    const reason = member.verdict === "excused" ? null : reasonFor(evidence);
    const requests = lastRequests(member, evidence.signal !== null && evidence.error === null, now);
    const trace = this.#trace(member, requests);
    this.#looks.forget(id);
    if (reason === null || (reason === "boot-failed" && !circumstances.everReady)) return null;
    const text = reasonText(reason, evidence, exit.spawnError?.message ?? member.killReason);
    const facts = { at, reason, text, code: exit.code, signal: exit.signal, nodeReport };
    const { error, hang } = member;
    const stack = hang && (hang.stack || hang.unknown);
    const cause = causeOf({ ...facts, error: error ?? spawnFailure(exit), stack }, rootOf(member));
    const describe = (): Death => describeDeath(member, requests, facts, now);
    this.#begin(this.#file(member, { id: idOf(cause), cause, describe, trace: { at, routes: trace } }));
    this.last = { id: idOf(cause), at, slot, reason, text };
    return this.last;
  }

  /** All deaths so far are written down, or cannot be. */
  async settled(): Promise<void> {
    while (this.#work.size > 0) await Promise.all(this.#work);
  }

  #evidence(
    member: Member,
    exit: WorkerExit,
    { wasLeaving }: Circumstances,
    nodeReport: Death["nodeReport"],
  ): Evidence {
    const { error, readyAt, lines } = member;
    const { code, signal, spawnError } = exit;
    // Any other signal was quicker than ours.
    const killed = signal === "SIGKILL" ? killedFor(member, wasLeaving) : null;
    return {
      code,
      signal,
      spawnError: spawnError?.message ?? null,
      error,
      wasReady: readyAt !== null,
      wasLeaving,
      killed,
      heapFull: signal !== null && signal !== "SIGKILL" && tellsOfFullHeap(nodeReport, lines?.all() ?? null),
      oomKilled: signal === "SIGKILL" && killed === null && this.#oomKills.claim(this.#world.clock.now()),
    };
  }

  /** Null: nobody knows what it was answering, or it was not there yet to answer. */
  #trace({ handle, readyAt }: Member, requests: LastRequests | null): Trace["routes"] {
    if (readyAt === null || requests === null) return null;
    const oldest = Math.max(0, ...requests.underWay.map(({ ms }) => ms));
    return this.#looks.atDeath(handle.id, requests.underWay, requests.at - oldest).slice(-MOST_ROUTES);
  }

  async #file(
    { lines }: Member,
    {
      id,
      cause,
      describe,
      trace,
    }: Pick<Filing, "id" | "cause"> & { readonly describe: () => Death; readonly trace: Trace },
  ): Promise<void> {
    await this.#atMost(LAST_LINES, lines?.ended());
    const filing = { id, cause, last: describe(), traces: [trace] };
    const before = this.#pending.get(id);
    this.#pending.set(id, before ? joined(before, filing) : filing);
    await this.#write();
  }

  /** One after the other; those that come meanwhile for one cause are one. */
  async #write(): Promise<void> {
    if (this.#writing) return;
    this.#writing = true;
    for (const [id, filing] of this.#pending) {
      this.#pending.delete(id);
      try {
        await fileCrash(crashFolder(this.#name, this.#world.environment), filing);
        this.#failing = false;
      } catch (error) {
        this.#complain(error as Error);
      }
    }
    this.#writing = false;
  }

  /** Once, until it works again. */
  #complain({ message }: Error): void {
    if (this.#failing) return;
    this.#failing = true;
    const text = `the report of a worker's death could not be written: ${message}`;
    this.#world.log.warn("crash-not-written", { message }, text);
  }

  #begin(work: Promise<void>): void {
    const tracked: Promise<void> = work.finally(() => this.#work.delete(tracked));
    this.#work.add(tracked);
  }

  async #atMost(ms: number, event: Promise<void> | undefined): Promise<void> {
    const patience = Promise.withResolvers<void>();
    const cancel = this.#world.clock.after(ms, patience.resolve);
    await Promise.race([event, patience.promise]);
    cancel();
  }
}

const BY_ORDER: ReadonlySet<string> = new Set([STOPPED, ROLLED_BACK, PROVED]);

function killedFor({ hang, killReason, readyAt }: Member, wasLeaving: boolean): Evidence["killed"] {
  if (killReason === null) return null;
  if (BY_ORDER.has(killReason)) return "order";
  if (hang) return "hang";
  return readyAt === null && !wasLeaving ? "boot" : "drain";
}

function spawnFailure({ spawnError }: WorkerExit): Death["error"] {
  return spawnError ? { name: spawnError.name, message: spawnError.message, stack: "" } : null;
}

/** What all paths of the app begin with, in every release another one. */
function rootOf({ launch }: Member): string {
  const { cwd, boot } = launch;
  return boot.entry.startsWith(`${cwd}/`) ? cwd : dirname(boot.entry);
}

function readText(file: string): string | null {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return null;
  }
}
