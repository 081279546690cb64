import { AppError } from "../../errors.ts";
import { isOwnFileGone } from "../../own-files.ts";
import { isFull } from "../../policy/slots.ts";
import type { LastReload, Ledger, Snapshot } from "../../protocol/control.ts";
import type { DrainReport } from "../../protocol/ipc.ts";
import { duration } from "../../telemetry/words.ts";
import { limitsOfBoth } from "../limits.ts";
import type { Primary } from "../primary.ts";
import { bindNamed } from "../sockets/bind-named.ts";
import type { Generation } from "../workers/generations.ts";
import { needStart } from "./fixed-options.ts";
import { Tally } from "./ledger.ts";
import { Orders, type How, type Order } from "./orders.ts";

export interface Reloaded {
  readonly text: string;
  readonly generation: number;
  readonly ledger: Ledger;
}

interface Running extends Order {
  readonly old: Generation;
  readonly next: Generation;
  readonly tally: Tally;
  readonly startedAt: number;
  readonly ended: PromiseWithResolvers<Reloaded>;
  /** Why it goes back. */
  error: AppError | null;
}

/** Replaces all workers by a new generation: the side of policy/reload.ts that reads the configuration and answers who asked. */
export class Reloads {
  readonly #primary: Primary;
  readonly #orders = new Orders((order) => this.#start(order));
  #running: Running | null = null;
  last: LastReload | null = null;
  /** Hears of each order and how it ends, those that are carried out with another included. */
  onOrder: (outcome: Promise<Reloaded>) => void = () => undefined;

  constructor(primary: Primary) {
    this.#primary = primary;
  }

  /**
   * Resolves when every slot runs the new generation and the old workers have gone. Orders that come meanwhile are one, carried out next.
   * @throws AppError RELOAD_FAILED, RESTART_FAILED when the new generation failed and the old one serves on; STOPPING; and, before anything is
   * touched, whatever is wrong with the configuration or an address
   */
  request(how: How, why: string): Promise<Reloaded> {
    const outcome = this.#orders.give(how, why);
    this.onOrder(outcome);
    return outcome;
  }

  /** From the order on, before there is anything to see of it. */
  get isUnderWay(): boolean {
    return this.#orders.areUnderWay;
  }

  current(): Snapshot["reload"] {
    const { supervisor, world } = this.#primary;
    const { reload } = supervisor.fleet;
    if (!reload || !this.#running) return null;
    const ms = Math.round(world.clock.now() - this.#running.startedAt);
    return { from: reload.from, to: reload.to, phase: reload.phase, ms };
  }

  /** A worker that was told to leave has gone. */
  left(report: DrainReport | null): void {
    this.#running?.tally.add(report);
  }

  /** A worker has died. If it was the new generation's, that is why the reload fails; the first such death counts. */
  died(generation: number, explain: () => AppError): void {
    if (this.#running?.next.number === generation) this.#running.error ??= explain();
  }

  /** The policy says that it is over. */
  end(outcome: "done" | "rolled-back"): void {
    const running = this.#running;
    if (!running) return;
    this.#running = null;
    this.#primary.counts.reloads.add(outcome);
    const ledger = running.tally.close(this.#primary.world.clock.now());
    if (outcome === "done") this.#done(running, ledger);
    else this.#rolledBack(running, ledger);
  }

  /** The primary stops, and what is under way with it. */
  giveUp(): void {
    this.#running?.ended.reject(stopping());
    this.#running = null;
  }

  async #start(order: Order): Promise<Reloaded> {
    const { generations, supervisor, world } = this.#primary;
    // Before anything has served there is nothing to go back to.
    await this.#primary.until(() => supervisor.fleet.everReady || this.#primary.stopping);
    this.#refuseAtEnd();
    const startedAt = world.clock.now();
    const next = await this.#prepare().catch((error: unknown) => this.#refuse(error));
    this.#refuseAtEnd();
    const old = generations.get(supervisor.fleet.generation);
    const ended = Promise.withResolvers<Reloaded>();
    this.#running = { ...order, old, next, tally: new Tally(1012, startedAt), startedAt, ended, error: null };
    this.#primary.operator.started(order.how, order.why, old.number, next.number);
    this.#primary.storeNarrator.placed(next, old);
    const fixed = needStart(old.resolved.config, next.resolved.config);
    if (fixed.length > 0) this.#primary.operator.needStart(fixed);
    supervisor.limits = limitsOfBoth(old.limits, next.limits);
    supervisor.post({ type: "reload", to: next.number, how: order.how === "reload" ? "rolling" : "at-once" });
    return ended.promise;
  }

  #refuseAtEnd(): void {
    if (this.#primary.supervisor.fleet.phase !== "running") throw stopping();
  }

  /** Reads everything anew; nothing that serves is touched. */
  async #prepare(): Promise<Generation> {
    const { generations, listeners, operator, supervisor, tls, world } = this.#primary;
    const old = generations.get(supervisor.fleet.generation);
    const next = generations.add(await this.#inTime(world.resolve()), old);
    try {
      await tls.prepare(next, old);
      const slots = Math.max(supervisor.fleet.size, next.resolved.config.workers);
      operator.notRedirected(await bindNamed(listeners, next, slots, old));
      return next;
    } catch (error) {
      generations.forget(next.number);
      throw error;
    }
  }

  /** A config file is a module, and may wait for something that never comes. */
  async #inTime<T>(work: Promise<T>): Promise<T> {
    const { world, supervisor } = this.#primary;
    const { bootTimeout } = supervisor.limits;
    const late = Promise.withResolvers<never>();
    const message = `the configuration was not read within ${duration(bootTimeout)}`;
    const hint = "Does a config file wait for something that does not come?";
    const cancel = world.clock.after(bootTimeout, () => late.reject(new AppError("CONFIG_UNREADABLE", message, hint)));
    return Promise.race([work, late.promise]).finally(cancel);
  }

  #refuse(thrown: unknown): never {
    const error = thrown instanceof AppError ? thrown : unreadable(thrown);
    this.#primary.operator.refused(error);
    this.#primary.counts.reloads.add("refused");
    this.last = this.#entry("refused", error.message, error, null);
    throw error;
  }

  #done({ how, old, next, ended }: Running, ledger: Ledger): void {
    const { generations, supervisor, operator } = this.#primary;
    supervisor.limits = next.limits;
    generations.keepOnly(next.number);
    this.#primary.tls.settle(next.number);
    this.#primary.listeners.forgetFormer();
    this.#releaseUnused();
    const text = operator.done(how, next.number, ledger);
    this.last = this.#entry("done", text, null, ledger);
    ended.resolve({ text, generation: next.number, ledger });
    // What was scaled by hand stays, unless the configuration itself has changed its mind.
    const { workers } = next.resolved.config;
    if (workers !== old.resolved.config.workers) this.#primary.scale(workers, next.resolved.workersWhy);
    this.#primary.noticer.look();
  }

  #rolledBack({ how, old, next, ended, error: cause }: Running, ledger: Ledger): void {
    const { supervisor, operator, generations } = this.#primary;
    const stuck = supervisor.fleet.reload?.stuck === true;
    supervisor.limits = old.limits;
    const error = failure(how, old, next, cause, stuck);
    if (!stuck) generations.forget(next.number);
    this.#primary.tls.settle(old.number);
    this.#primary.listeners.divide(old.resolved.config.perSlot);
    this.#releaseUnused();
    operator.rolledBack(next.number, error, ledger);
    this.last = this.#entry("rolled-back", error.message.split("\n")[0] ?? "", error, ledger);
    ended.reject(error);
  }

  /** An address whose worker has just died waits for the next one: only with every slot served is it clear what nobody wants. */
  #releaseUnused(): void {
    const { supervisor, listeners, covers } = this.#primary;
    if (!isFull(supervisor.fleet)) return;
    const unused = listeners.unused();
    covers.end(unused);
    for (const { key } of unused) listeners.release(key);
  }

  #entry(outcome: LastReload["outcome"], text: string, error: AppError | null, ledger: Ledger | null): LastReload {
    const { generation } = this.#primary.supervisor.fleet;
    const failed = error && { code: error.code, message: error.message, ...(error.hint && { hint: error.hint }) };
    return { generation, outcome, at: Date.now(), text, error: failed, ledger };
  }
}

function failure(how: How, old: Generation, next: Generation, cause: AppError | null, stuck: boolean): AppError {
  const code = how === "reload" ? "RELOAD_FAILED" : "RESTART_FAILED";
  const why = cause?.message ?? "a worker of it failed";
  const back = stuck ? "cannot be started again" : how === "reload" ? "serves on" : "runs again";
  const message = `generation ${next.number} failed, generation ${old.number} ${back}: ${why}`;
  return new AppError(code, message, [cause?.hint, stuck ? STUCK : undefined].filter(Boolean).join("\n") || undefined);
}

const STUCK =
  "Its code is gone from the disk, so that workers of the new generation stay where there are any. Mend the code and reload.";

function stopping(): AppError {
  return new AppError("STOPPING", "the app is being stopped");
}

function unreadable(thrown: unknown): AppError {
  if (!isOwnFileGone(thrown)) return new AppError("RELOAD_FAILED", (thrown as Error).message);
  const message =
    "expected the files that Drover was started from, got others: its package was replaced or removed while it ran";
  return new AppError(
    "RELOAD_FAILED",
    message,
    "The app serves on. Start it anew with the package that is there: drover stop, then drover start.",
  );
}
