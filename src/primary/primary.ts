import type { AppError } from "../errors.ts";
import { newFleet, type Action } from "../policy/fleet.ts";
import { MOST_WORKERS } from "../protocol/control.ts";
import type { ErrorReport, Figures } from "../protocol/ipc.ts";
import type { Succession } from "../protocol/succession.ts";
import type { PrimaryModule } from "./beside/primary-module.ts";
import type { StandIn } from "./beside/stand-in.ts";
import { CrashDesk } from "./crashes/crash-desk.ts";
import { Hangs } from "./hang/hangs.ts";
import type { MetricsDesk } from "./metrics/metrics-desk.ts";
import { Noticer } from "./noticed/noticer.ts";
import { Counts } from "./operation/counts.ts";
import { Tally } from "./operation/ledger.ts";
import { Reloads } from "./operation/reloads.ts";
import type { Watcher } from "./operation/watcher.ts";
import { Narrator } from "./output/narrator.ts";
import { OperationNarrator } from "./output/operation-narrator.ts";
import { RecycleNarrator } from "./output/recycle-narrator.ts";
import { StoreNarrator } from "./output/store-narrator.ts";
import { bindNamed } from "./sockets/bind-named.ts";
import { Listeners } from "./sockets/listeners.ts";
import { handBack, type Kin, type Survivor } from "./succession/hand-over.ts";
import { inheritedSize } from "./succession/inheritance.ts";
import type { Trial } from "./succession/trial.ts";
import { Supervisor } from "./supervisor.ts";
import { TlsDesk } from "./tls/tls-desk.ts";
import { Balance } from "./workers/balance.ts";
import type { Refusal } from "./workers/boot-error.ts";
import { Covers } from "./workers/covers.ts";
import { Crew } from "./workers/crew.ts";
import { FigureDesk } from "./workers/figures.ts";
import type { Generations } from "./workers/generations.ts";
import { Recycling } from "./workers/recycling.ts";
import { Rescue, type Taker } from "./workers/rescue.ts";
import { SlotRecords } from "./workers/slot-records.ts";
import { StoreTroubles } from "./workers/store-troubles.ts";
import type { End, World } from "./world.ts";

/**
 * The supervising process: owns the listeners and the workers, touches no request. Decisions are policy's; perform.ts carries them out,
 * hear.ts takes in what workers say, and both work on what is held here.
 */
export class Primary {
  readonly generations: Generations;
  readonly world: World;
  readonly narrator: Narrator;
  readonly operator: OperationNarrator;
  readonly noticer = new Noticer(this);
  readonly recycler: RecycleNarrator;
  readonly reloads = new Reloads(this);
  readonly recycling = new Recycling(this);
  readonly figures: FigureDesk<Figures>;
  readonly slots: SlotRecords;
  readonly counts = new Counts();
  readonly supervisor: Supervisor;
  readonly crew = new Crew();
  readonly listeners: Listeners;
  readonly balance: Balance;
  readonly covers: Covers;
  readonly hangs: Hangs;
  readonly storeNarrator: StoreNarrator;
  readonly troubles: StoreTroubles;
  readonly tls: TlsDesk;
  readonly crashes: CrashDesk;
  readonly rescue = new Rescue((key) => this.#takerFor(key));
  readonly startedAt: number;
  standIn: StandIn | null = null;
  /** The user's file beside us. It hears of a stop when that begins, so that it and the workers leave within one drain timeout. */
  beside: PrimaryModule | null = null;
  /** With an admin port only. */
  metrics: MetricsDesk | null = null;
  /** With `watch` only. */
  watcher: Watcher | null = null;
  /** The last address that could not be bound for a worker. */
  refused: Refusal | null = null;
  /** Why the last worker that never became ready did not. */
  lastBootError: ErrorReport | null = null;
  /** Of the stop, from the order on. */
  leaving: Tally | null = null;
  /** The other primary, while one takes the other's place. */
  kin: Kin | null = null;
  /** Who serves on when this primary leaves. */
  survivor: Survivor | null = null;
  /** Judges this primary by its workers' deaths, until it leads. */
  trial: Trial | null = null;
  /** `drover drain`: serves, but readiness says no. */
  withdrawn = false;
  /** The end has been told. */
  over = false;
  /** Workers that had to be killed at the stop. */
  killed = 0;
  /** The app has been up with all its workers. */
  announced = false;
  /** Settled when every first worker is ready, or the app turned out unable to boot. */
  readonly firstReady = Promise.withResolvers<void>();
  readonly finished = Promise.withResolvers<End>();

  readonly #watchers = new Set<() => void>();

  /** `generations` holds the first one. */
  constructor(generations: Generations, world: World, succession: Succession | null = null) {
    const { number, resolved, limits } = generations.first();
    this.generations = generations;
    this.world = world;
    this.tls = new TlsDesk(resolved.config.name, world, generations, this.crew);
    this.crashes = new CrashDesk(resolved.config.name, world);
    this.narrator = new Narrator(world.log, resolved);
    this.operator = new OperationNarrator(world.log);
    this.recycler = new RecycleNarrator(world.log);
    this.figures = new FigureDesk<Figures>(world.clock, "report");
    this.storeNarrator = new StoreNarrator(world.log);
    this.troubles = new StoreTroubles(() => world.clock.now(), {
      degraded: (...told) => this.storeNarrator.degraded(...told),
      // With the workers, what they could not use is gone, too: that is no news.
      recovered: (...told) => this.stopping || this.storeNarrator.recovered(...told),
    });
    this.startedAt = world.clock.now();
    this.slots = new SlotRecords(succession?.restarts);
    this.withdrawn = succession?.withdrawn ?? false;
    this.listeners = new Listeners((key) => this.crew.tell({ type: "released", key }), world.passed, world.bind);
    this.balance = new Balance(world.clock, {
      placeOf: (id) => this.listeners.placeOf(id),
      askIfFree: (id) => this.crew.get(id)?.handle.send({ type: "is-free" }),
      stepAside: (id) => this.crew.get(id)?.handle.send({ type: "step-aside" }),
      rejoin: (id) => this.rejoin(id),
    });
    this.hangs = new Hangs(this);
    this.covers = new Covers({
      listeners: this.listeners,
      clock: world.clock,
      workers: () => (this.stopping ? [] : this.supervisor.fleet.workers),
      send: (id, message, handle) => this.crew.get(id)?.handle.send(message, handle),
      covered: (listener, slot) => this.narrator.covered(listener, slot, this.supervisor.fleet.size),
      served: (listener) => this.narrator.servedAgain(listener),
    });
    const size = succession ? inheritedSize(succession, resolved.config.workers) : resolved.config.workers;
    const fleet = { ...newFleet(size, this.startedAt), generation: number };
    const perform = (action: Action): void => world.perform(this, action);
    this.supervisor = new Supervisor(fleet, limits, world.clock, perform, () => this.changed());
    // Whoever does not wait for it learns of the failure from `ended`.
    this.firstReady.promise.catch(() => undefined);
  }

  /** Every first worker is ready. Rejects with the app's own error when it cannot boot. */
  get ready(): Promise<void> {
    return this.firstReady.promise;
  }

  get ended(): Promise<End> {
    return this.finished.promise;
  }

  /** Newcomers are not welcome any more. */
  get stopping(): boolean {
    const { phase } = this.supervisor.fleet;
    return phase !== "running" && phase !== "lameduck";
  }

  /** Calls back after each change of the fleet; answers how to end that. */
  watch(watcher: () => void): () => void {
    this.#watchers.add(watcher);
    return () => void this.#watchers.delete(watcher);
  }

  /** Resolves as soon as the check says yes, now or after a change of the fleet; rejects with what it throws. */
  until(check: () => boolean): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const look = (): void => {
      try {
        if (check()) resolve();
      } catch (error) {
        reject(error);
      }
    };
    const stopWatching = this.watch(look);
    look();
    return promise.finally(stopWatching);
  }

  /**
   * Reads the certificates and binds the addresses the user has named, then starts the workers.
   * @throws AppError TLS_UNREADABLE, TLS_INVALID, ADDRESS_IN_USE, ADDRESS_FORBIDDEN, ADDRESS_INVALID, ADDRESS_UNAVAILABLE before any worker is started
   */
  async start(): Promise<void> {
    const first = this.generations.first();
    try {
      await this.tls.prepare(first, null);
      this.operator.notRedirected(await bindNamed(this.listeners, first, this.supervisor.fleet.size));
    } catch (error) {
      this.tls.close();
      throw error;
    }
    this.supervisor.run();
    void this.crashes.open(first.launch);
    this.ready.then(
      () => this.tls.settle(this.supervisor.fleet.generation),
      () => undefined,
    );
  }

  /** Serves on for the lameduck time, drains and ends; `now`: ends without either. */
  stop(why: string, now: boolean): void {
    if (!this.world.passed.leads && !this.survivor) handBack(this);
    this.leaving ??= new Tally(1001, this.world.clock.now());
    this.supervisor.post({ type: "stop", now });
    const { fleet, limits } = this.supervisor;
    if (fleet.phase === "lameduck") this.operator.lameduck(why, limits.lameduck);
    else this.drains(why, now);
  }

  /** From here on nothing new is taken. */
  drains(why: string, now: boolean): void {
    this.narrator.stopping(why, now);
    this.reloads.giveUp();
    void this.beside?.stop(now);
    this.kin?.stop(now);
  }

  /** Tells load balancers to send newcomers elsewhere, or that they may come again. */
  withdraw(yes: boolean): void {
    if (this.withdrawn !== yes) this.operator.withdrawn(yes);
    this.withdrawn = yes;
    this.changed();
  }

  /** How many workers there are to be, at least one. Answers how many. */
  scale(size: number, why: string): number {
    if (size < 1) this.operator.atFloor(why);
    const wanted = Math.min(Math.max(1, size), MOST_WORKERS);
    if (wanted !== this.supervisor.fleet.size) this.operator.scaled(wanted, why);
    this.supervisor.post({ type: "scale", size: wanted });
    return wanted;
  }

  /** In the order of their slots; a slot between two workers has none. */
  pids(): readonly number[] {
    return this.crew.all().map((member) => member.handle.pid);
  }

  /** To the app. A slot without a worker hears nothing. */
  send(slot: number | "all", message: unknown): void {
    for (const { handle } of this.crew.all()) if (slot === "all" || handle.slot === slot) handle.sendToApp(message);
  }

  /** A worker takes nothing new any more, by our order or its own decision. */
  retired(id: number, why: "told" | "asked" | "crashed"): void {
    this.balance.leave(id);
    this.hangs.forget(id);
    this.supervisor.post({ type: "draining", worker: id, why });
  }

  /** A worker has, of itself. @param readyAt null: it never was ready */
  died(generation: number, readyAt: number | null, explain: () => AppError): void {
    this.reloads.died(generation, explain);
    this.trial?.died(readyAt, explain);
  }

  /** Lets a worker accept again. */
  rejoin(id: number): void {
    const member = this.crew.get(id);
    if (!member) return;
    for (const { key, handle } of this.listeners.usedBy(id)) member.handle.send({ type: "rejoin", key }, handle);
    this.covers.resume(id);
  }

  /** The youngest is the least likely to be at its own end. */
  #takerFor(key: string): Taker | null {
    const listener = this.listeners.get(key);
    const ready = this.supervisor.fleet.workers.filter(({ state }) => state === "ready");
    const takers = ready.flatMap(({ id }) => {
      const member = this.crew.get(id);
      const kin = listener && this.listeners.kinOf(listener, id);
      return kin && member?.handle.connected && !member.exiting ? [{ handle: member.handle, key: kin.key }] : [];
    });
    const taker = takers.findLast((one) => one.key === key) ?? takers.at(-1);
    if (!taker) return null;
    const adopt = { type: "adopt", key: taker.key } as const;
    return { worker: taker.handle.id, adopt: (id, connection) => taker.handle.send({ ...adopt, id }, connection) };
  }

  /** Something has that whoever watches may want to know; after each round of the supervision by itself. */
  changed(): void {
    this.covers.settle();
    for (const watcher of this.#watchers) watcher();
  }
}
