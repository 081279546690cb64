import type { AppError } from "../../errors.ts";
import type { Ledger } from "../../protocol/control.ts";
import type { DrainReport } from "../../protocol/ipc.ts";
import type { Log } from "../../telemetry/log.ts";
import { count, duration } from "../../telemetry/words.ts";
import { showLedger } from "../operation/ledger.ts";
import type { Program } from "../succession/again.ts";
import type { Member } from "../workers/crew.ts";

/** Says how the app is operated: reloads, what leaving workers cut, scale and lameduck. */
export class OperationNarrator {
  readonly #log: Log;

  constructor(log: Log) {
    this.#log = log;
  }

  started(how: "reload" | "restart", why: string, from: number, to: number): void {
    const facts = { how, why, from, to };
    this.#log.info("reload-started", facts, `${how} (${why}): generation ${from} makes way for generation ${to}`);
  }

  trial(generation: number, slot: number, ms: number): void {
    const text = `generation ${generation} is on trial in slot ${slot} for ${duration(ms)}; the old workers serve meanwhile`;
    this.#log.info("reload-trial", { generation, slot, ms }, text);
  }

  done(how: "reload" | "restart", generation: number, ledger: Ledger): string {
    const text = `${how}ed to generation ${generation}: ${showLedger(ledger)}`;
    this.#log.info("reloaded", { how, generation, ...ledger }, text);
    return text;
  }

  rolledBack(generation: number, error: AppError, ledger: Ledger): void {
    const facts = { generation, error: { code: error.code, message: error.message }, ...ledger };
    this.#log.error("reload-rolled-back", facts, error.message);
  }

  refused(error: AppError): void {
    const facts = { error: { code: error.code, message: error.message } };
    this.#log.error("reload-refused", facts, `nothing was reloaded: ${error.message}`);
  }

  /** Options that only a new start can change. */
  needStart(options: readonly string[]): void {
    const text = `changed, but only a stop and a new start can apply it: ${options.join(", ")}`;
    this.#log.warn("reload-needs-start", { options }, text);
  }

  /** Addresses that come with ACME and could not be bound. */
  notRedirected(errors: readonly AppError[]): void {
    for (const { code, message } of errors) {
      const text = `${message}: plain HTTP is not redirected, and names are proved at the port of HTTPS (tls-alpn-01)`;
      this.#log.warn("redirect-unavailable", { error: { code, message } }, text);
    }
  }

  upgradeStarted(why: string, { node, cli }: Program, pid: number): void {
    const text = `upgrade (${why}): a successor starts, pid ${pid}, with ${node} and ${cli}`;
    this.#log.info("upgrade-started", { why, node, cli, pid }, text);
  }

  upgradeRefused({ code, message }: AppError): void {
    this.#log.warn("upgrade-refused", { error: { code, message } }, message);
  }

  upgradeFailed({ code, message }: AppError): void {
    this.#log.error("upgrade-failed", { error: { code, message } }, message);
  }

  handedOver(pid: number, to: string, ms: number): void {
    const text = `${to}, pid ${pid}, leads after ${duration(ms)}; the workers here finish their requests`;
    this.#log.info("handed-over", { pid, ms: Math.round(ms) }, text);
  }

  /** Said by the successor. */
  leads(predecessor: number): void {
    this.#log.info("leads", { predecessor }, `leads from now on, in the place of pid ${predecessor}`);
  }

  upgraded(text: string, pid: number, ledger: Ledger): void {
    this.#log.info("upgraded", { pid, ...ledger }, text);
  }

  scaled(size: number, why: string): void {
    this.#log.info("scaled", { size, why }, `${count(size, "worker")} from now on (${why})`);
  }

  atFloor(why: string): void {
    this.#log.warn("scale-floor", { why }, `one worker is the least there can be (${why})`);
  }

  lameduck(why: string, ms: number): void {
    this.#log.info("lameduck", { why, ms }, `told to stop (${why}): serves ${duration(ms)} longer, /readyz says no`);
  }

  withdrawn(yes: boolean): void {
    const text = yes ? "drain: /readyz says no; serves on until undrain or stop" : "undrain: /readyz says yes again";
    this.#log.info(yes ? "withdrawn" : "returned", {}, text);
  }

  cut({ handle: { slot, pid } }: Member, { cut, cutCount }: DrainReport): void {
    if (cutCount === 0) return;
    const named = cut.map(({ what, ms }) => `${what} (${duration(ms)})`);
    const more = cutCount > cut.length ? ` and ${cutCount - cut.length} more` : "";
    const text = `worker ${slot}, pid ${pid}, cuts ${cutCount} at its deadline: ${named.join(", ")}${more}`;
    this.#log.warn("cut", { slot, pid, count: cutCount, cut }, text);
  }
}
