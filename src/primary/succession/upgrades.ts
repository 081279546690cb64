import { AppError } from "../../errors.ts";
import type { Ledger, Progress } from "../../protocol/control.ts";
import { duration } from "../../telemetry/words.ts";
import { VERSION } from "../../version.ts";
import { showLedger } from "../operation/ledger.ts";
import { brief } from "../operation/snapshot.ts";
import type { Primary } from "../primary.ts";
import { ownProgram, startAgain, type Program, type Start } from "./again.ts";
import { estateOf } from "./estate.ts";
import { handOver } from "./hand-over.ts";
import type { Lead } from "./lead.ts";
import type { Refusal } from "./refusal.ts";
import { Successor, type Ready } from "./successor.ts";

/** From its start until all workers of a successor serve, at least: an app that boots slowly on many workers gets what they take. Milliseconds. */
const READY_WITHIN = 60_000;
/** From the word to lead until it does. Milliseconds. */
const LEADS_WITHIN = 5_000;
/** From the order to end, when nothing is left to wait for, to the kill. Milliseconds. */
const ENDS_WITHIN = 5_000;

export interface Circumstances {
  readonly start: Start;
  readonly lead: Lead;
  /** Why nobody can take our place; null: somebody can. */
  readonly refusal: Refusal | null;
  /** This process's own, and what systemd has told us alone. */
  readonly env: () => NodeJS.ProcessEnv;
}

export interface Upgraded {
  readonly text: string;
  readonly pid: number;
  readonly ledger: Ledger;
}

/** Puts a process of another Drover, or on another Node, in this one's place. */
export class Upgrades {
  readonly #primary: Primary;
  readonly #circumstances: Circumstances;
  #underWay: Promise<unknown> | null = null;

  constructor(primary: Primary, circumstances: Circumstances) {
    this.#primary = primary;
    this.#circumstances = circumstances;
  }

  get isUnderWay(): boolean {
    return this.#underWay !== null;
  }

  /** The successor has gone with us, if we are stopped in the middle. */
  async over(): Promise<void> {
    await this.#underWay?.catch(() => undefined);
  }

  /**
   * Resolves when a successor leads and the workers of this primary have gone.
   * @param program Null: the Node and the Drover that this one was started with, as they are now.
   * @throws AppError UPGRADE_REFUSED before anything is started; UPGRADE_FAILED when the successor did not get ready, and this primary serves on; STOPPING
   */
  async request(program: Program | null, why: string, tell: (step: Progress) => void): Promise<Upgraded> {
    this.#refuse();
    const upgrading = this.#upgrade(program ?? ownProgram(this.#circumstances.start), why, tell);
    this.#underWay = upgrading;
    try {
      return await upgrading;
    } catch (error) {
      this.#underWay = null;
      throw error;
    }
  }

  #refuse(): void {
    const { refusal } = this.#circumstances;
    const { kin, stopping, reloads, supervisor, operator } = this.#primary;
    if (stopping) throw new AppError("STOPPING", "the app is being stopped");
    const busy =
      this.isUnderWay || kin ? "an upgrade" : reloads.isUnderWay || supervisor.fleet.reload ? "a reload" : null;
    const error = refusal
      ? new AppError("UPGRADE_REFUSED", `this primary cannot be replaced while it runs: ${refusal.why}`, refusal.hint)
      : busy &&
        new AppError("UPGRADE_REFUSED", `expected nothing else to be under way, got ${busy}`, "Wait for its end.");
    if (!error) return;
    operator.upgradeRefused(error);
    throw error;
  }

  async #upgrade(program: Program, why: string, tell: (step: Progress) => void): Promise<Upgraded> {
    const { operator, world } = this.#primary;
    await this.#primary.until(() => this.#primary.announced || this.#primary.stopping);
    // It has waited for the end of the start, which a stop is as well.
    if (this.#primary.stopping) throw new AppError("STOPPING", "the app is being stopped");
    const startedAt = world.clock.now();
    const successor = this.#begin(program, tell);
    operator.upgradeStarted(why, program, successor.pid);
    try {
      const ready = await this.#inTime(successor.ready(), this.#readyWithin());
      await this.#giveLead(successor);
      return await this.#leave(successor, ready, startedAt);
    } catch (error) {
      const { stopping } = this.#primary;
      const failure = stopping ? null : this.#failed(error as AppError);
      // In a stop it has been told, and is given the time it takes.
      await (stopping ? successor.gone() : successor.end(this.#endsWithin()));
      this.#primary.kin = null;
      throw failure ?? new AppError("STOPPING", "the app is being stopped", undefined, { cause: error });
    }
  }

  #begin(program: Program, tell: (step: Progress) => void): Successor {
    const { start, lead, env } = this.#circumstances;
    const estate = estateOf(this.#primary, lead.estate());
    const successor = new Successor(startAgain(start, program, estate, env()), {
      progress: ({ text, workers }) => tell({ text, workers: [...brief(this.#primary), ...workers] }),
      stop: (now) => this.#primary.stop("the app is being stopped", now),
    });
    this.#primary.kin = successor;
    return successor;
  }

  #readyWithin(): number {
    const { fleet, limits } = this.#primary.supervisor;
    const boots = limits.bootTimeout * Math.ceil(fleet.size / limits.bootsAtOnce);
    return Math.max(READY_WITHIN, boots) + limits.probation;
  }

  /** Its workers have served, and finish that as ours would. */
  #endsWithin(): number {
    const { drainTimeout, killSlack } = this.#primary.supervisor.limits;
    return drainTimeout + killSlack + ENDS_WITHIN;
  }

  /** Between the two nobody answers verbs and probes: they wait in their sockets' queues. */
  async #giveLead(successor: Successor): Promise<void> {
    const { lead } = this.#circumstances;
    await lead.leave();
    try {
      await this.#inTime(successor.lead(), LEADS_WITHIN);
    } catch (error) {
      // What is late has to go before we lead again.
      if (!successor.hasFailed) await successor.end(ENDS_WITHIN);
      await this.#retake();
      throw error;
    }
  }

  /** Two primaries would serve, of which verbs reach one: where another one leads, we go. */
  async #retake(): Promise<void> {
    try {
      await this.#circumstances.lead.retake();
    } catch (error) {
      const isTaken = error instanceof AppError && error.code === "ALREADY_RUNNING";
      if (isTaken) this.#primary.stop("its successor has died, and another one has taken its place", false);
      throw error;
    }
  }

  async #leave(successor: Successor, ready: Ready, startedAt: number): Promise<Upgraded> {
    const { operator, world } = this.#primary;
    const from = `Drover ${VERSION} on Node ${process.versions.node}`;
    const to = `Drover ${ready.drover} on Node ${ready.node}`;
    operator.handedOver(successor.pid, to, world.clock.now() - startedAt);
    handOver(this.#primary, ready.kept);
    const { ledger: drained } = await this.#primary.ended;
    const ledger = { ...drained, ms: Math.round(world.clock.now() - startedAt) };
    const text = `${from} → ${to}: ${showLedger(ledger)}`;
    operator.upgraded(text, successor.pid, ledger);
    return { text, pid: successor.pid, ledger };
  }

  async #inTime<T>(work: Promise<T>, ms: number): Promise<T> {
    const late = Promise.withResolvers<never>();
    const error = new AppError("UPGRADE_FAILED", `it was not ready ${duration(ms)} after its start`);
    const cancel = this.#primary.world.clock.after(ms, () => late.reject(error));
    return await Promise.race([work, late.promise]).finally(cancel);
  }

  #failed({ message, hint }: AppError): AppError {
    const text = `nothing was replaced, this primary serves on. Of its successor: ${message}`;
    const error = new AppError("UPGRADE_FAILED", text, hint);
    this.#primary.operator.upgradeFailed(error);
    return error;
  }
}
