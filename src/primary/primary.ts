import type { Resolved } from "../config/config.ts";
import type { AppError } from "../errors.ts";
import { newFleet, type Action, type Limits, type Outcome } from "../policy/fleet.ts";
import type { ErrorReport } from "../protocol/ipc.ts";
import type { Log } from "../telemetry/log.ts";
import { areNamed, plannedAddresses, toAddress } from "./addresses.ts";
import { Balance } from "./balance.ts";
import { bindError } from "./bind.ts";
import type { Refusal } from "./boot-error.ts";
import { Crew } from "./crew.ts";
import { Listeners } from "./listeners.ts";
import { Narrator } from "./narrator.ts";
import type { PrimaryModule } from "./primary-module.ts";
import { Rescue, type Taker } from "./rescue.ts";
import type { StandIn } from "./stand-in.ts";
import { Supervisor, type Clock } from "./supervisor.ts";
import type { Launch, WorkerHandle } from "./worker-handle.ts";

/** What the primary needs of the world. */
export interface World {
  readonly clock: Clock;
  readonly log: Log;
  /** Takes a worker's output to where it belongs. */
  readonly carry: (worker: WorkerHandle) => void;
  readonly onAppMessage: (message: unknown, slot: number) => void;
  /** Carries out what was decided: perform.ts, given from outside so that deciding and doing do not import each other. */
  readonly perform: (primary: Primary, action: Action) => void;
}

export interface End {
  readonly outcome: Outcome;
  /** Why the app could not boot. */
  readonly error: AppError | null;
}

/**
 * The supervising process: owns the listeners and the workers, touches no request. Decisions are policy's; perform.ts carries them out,
 * hear.ts takes in what workers say, and both work on what is held here.
 */
export class Primary {
  readonly resolved: Resolved;
  readonly limits: Limits;
  readonly world: World;
  readonly narrator: Narrator;
  readonly supervisor: Supervisor;
  readonly crew = new Crew();
  readonly listeners: Listeners;
  readonly balance: Balance;
  readonly rescue = new Rescue((key) => this.#takerFor(key));
  readonly startedAt: number;
  /** What the next worker is started with. */
  launch: Launch;
  standIn: StandIn | null = null;
  /** The user's file beside us. It hears of a stop when that begins, so that it and the workers leave within one drain timeout. */
  beside: PrimaryModule | null = null;
  /** The last address that could not be bound for a worker. */
  refused: Refusal | null = null;
  /** Why the last worker that never became ready did not. */
  lastBootError: ErrorReport | null = null;
  stoppingSince: number | null = null;
  /** The end has been told. */
  over = false;
  /** Workers that had to be killed. */
  killed = 0;
  /** The app has been up with all its workers. */
  announced = false;
  /** Settled when every first worker is ready, or the app turned out unable to boot. */
  readonly firstReady = Promise.withResolvers<void>();
  readonly finished = Promise.withResolvers<End>();

  constructor(resolved: Resolved, launch: Launch, limits: Limits, world: World) {
    this.resolved = resolved;
    this.launch = launch;
    this.limits = limits;
    this.world = world;
    this.narrator = new Narrator(world.log, resolved);
    this.startedAt = world.clock.now();
    this.listeners = new Listeners((key) => this.crew.tell({ type: "released", key }));
    this.balance = new Balance(world.clock, {
      stepAside: (id) => this.crew.get(id)?.handle.send({ type: "step-aside" }),
      rejoin: (id) => this.#rejoin(id),
    });
    const fleet = newFleet(resolved.config.workers, this.startedAt);
    this.supervisor = new Supervisor(fleet, limits, world.clock, (action) => world.perform(this, action));
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

  get stopping(): boolean {
    return this.supervisor.fleet.phase !== "running";
  }

  /**
   * Binds the addresses the user has named, then starts the workers.
   * @throws AppError ADDRESS_IN_USE, ADDRESS_FORBIDDEN, ADDRESS_INVALID, ADDRESS_UNAVAILABLE before any worker is started
   */
  async start(): Promise<void> {
    try {
      if (areNamed(this.resolved)) await this.#bindNamed();
    } catch (error) {
      this.listeners.closeAll();
      throw error;
    }
    this.supervisor.run();
  }

  /** Drains and ends; `now`: ends without draining. */
  stop(why: string, now: boolean): void {
    this.stoppingSince ??= this.world.clock.now();
    this.narrator.stopping(why, now);
    void this.beside?.stop(now);
    this.supervisor.post({ type: "stop", now });
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
  retired(id: number): void {
    this.balance.leave(id);
    this.supervisor.post({ type: "draining", worker: id });
  }

  async #bindNamed(): Promise<void> {
    const { config, origins } = this.resolved;
    const origin = origins[config.listen === false || config.listen.length === 0 ? "host" : "listen"] ?? "default";
    for (const written of plannedAddresses(config)) {
      const address = await toAddress(written, origin);
      const listener = await this.listeners.open(address);
      if (typeof listener === "number") throw bindError(address, listener);
      if (address.kind === "tcp" && address.host !== null) this.#prefer({ ...address, host: address.host });
    }
  }

  #prefer({ port, host, family }: { port: number; host: string; family: 4 | 6 }): void {
    const { boot } = this.launch;
    if (boot.hostFor === null) this.launch = { ...this.launch, boot: { ...boot, hostFor: { port, host, family } } };
  }

  /** The youngest is the least likely to be at its own end. */
  #takerFor(key: string): Taker | null {
    const users = this.listeners.get(key)?.users;
    const ready = this.supervisor.fleet.workers.filter(
      ({ id, state }) => state === "ready" && users?.get(id) === "listening",
    );
    const handle = ready.map(({ id }) => this.crew.get(id)?.handle).findLast((one) => one?.connected);
    if (!handle) return null;
    return { worker: handle.id, adopt: (id, connection) => handle.send({ type: "adopt", key, id }, connection) };
  }

  #rejoin(id: number): void {
    const member = this.crew.get(id);
    if (!member) return;
    for (const { key, handle } of this.listeners.usedBy(id)) member.handle.send({ type: "rejoin", key }, handle);
  }
}
