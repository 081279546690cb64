import { LONGEST_WAIT } from "../store.ts";
import { StoreUnavailable } from "../unavailable.ts";
import type { Connection, ConnectionEvents } from "./connection.ts";
import { Deadlines, Pending } from "./deadlines.ts";
import { answered, type Health, type Need, refused, silent, trouble, unreachable, WELL } from "./health.ts";
import { isAnswer, isMistake, reasonFor } from "./reason.ts";

export interface LineOptions {
  /** The store's. */
  readonly name: string;
  readonly connect: (events: ConnectionEvents) => Connection;
  /** A write that harms nobody, to see whether a server that refused one takes them again. */
  readonly probe: readonly string[];
  /** Told at the edges only: why the store is degraded, or null. */
  readonly report: (name: string, reason: string | null) => void;
  readonly now: () => number;
  /** 0 to 1. */
  readonly random: () => number;
}

class Call extends Pending {
  readonly need: Need;
  readonly command: readonly string[];
  readonly resolve: (reply: unknown) => void;
  readonly reject: (error: Error) => void;
  readonly #late: (call: Call) => void;

  constructor(
    need: Need,
    command: readonly string[],
    resolve: (reply: unknown) => void,
    reject: (error: Error) => void,
    late: (call: Call) => void,
  ) {
    super();
    this.need = need;
    this.command = command;
    this.resolve = resolve;
    this.reject = reject;
    this.#late = late;
  }

  expire(): void {
    this.#late(this);
  }
}

/** Milliseconds from one look at a server in doubt to the next, give or take a fifth. */
const PROBE_EVERY = 500;

/** A connection on which so many looks in a row had no answer is given up. */
const SILENT_PROBES = 2;

/** Each command has its answer, or a StoreUnavailable, within {@link LONGEST_WAIT}: at once while the server is away. */
export class Line {
  readonly #options: LineOptions;
  readonly #connection: Connection;
  readonly #deadlines: Deadlines;
  /** Not sent yet: the connection is not there. */
  readonly #waiting = new Set<Call>();
  #health: Health = WELL;
  #probing: NodeJS.Timeout | undefined;
  #silentProbes = 0;
  /** Of the last attempt to connect; null: it did not fail. */
  #failure: string | null = null;
  #closing: PromiseWithResolvers<void> | undefined;
  readonly #late = (call: Call): void => this.#expired(call);

  constructor(options: LineOptions) {
    this.#options = options;
    this.#deadlines = new Deadlines(LONGEST_WAIT, options.now);
    this.#connection = options.connect({
      onReady: () => this.#connected(),
      onFailed: (error) => this.#notConnected(reasonFor(error)),
    });
    // At boot nobody waits for what a first connection takes.
    this.#connection.open();
  }

  /**
   * Sent in the order of the calls.
   *
   * @throws StoreUnavailable, or the server's own error where the command can never be done
   */
  call(need: Need, command: readonly string[]): Promise<unknown> {
    if (this.#closing) return Promise.reject(this.#unavailable("closed"));
    const { away } = this.#health;
    return away === null ? this.#start(need, command) : Promise.reject(this.#unavailable(away));
  }

  /** After what is under way. */
  close(): Promise<void> {
    if (this.#closing === undefined) {
      this.#closing = Promise.withResolvers();
      clearTimeout(this.#probing);
      this.#settled();
    }
    return this.#closing.promise;
  }

  #start(need: Need, command: readonly string[]): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const call = new Call(need, command, resolve, reject, this.#late);
      this.#deadlines.add(call);
      if (this.#connection.isReady) return this.#send(call);
      this.#waiting.add(call);
      this.#connection.open();
    });
  }

  #send(call: Call): void {
    this.#connection.send(call.command).then(
      (reply) => {
        // Whose deadline is over has been told so: a late answer changes nothing.
        if (!this.#deadlines.remove(call)) return;
        this.#turn(answered(this.#health, call.need));
        call.resolve(reply);
        this.#settled();
      },
      (error: Error) => this.#failed(call, error),
    );
  }

  #failed(call: Call, error: Error): void {
    if (!this.#deadlines.remove(call)) return;
    const mistake = isMistake(error);
    if (mistake) this.#turn(answered(this.#health, call.need));
    else if (isAnswer(error)) this.#turn(refused(this.#health, call.need, reasonFor(error)));
    // A server's answer may repeat what it was sent: it is no cause that could be shown.
    call.reject(mistake ? error : this.#unavailable(reasonFor(error), isAnswer(error) ? undefined : error));
    this.#settled();
  }

  #expired(call: Call): void {
    const wasSent = !this.#waiting.delete(call);
    const late = `no ${wasSent ? "answer" : "connection"} within ${LONGEST_WAIT} ms`;
    const reason = wasSent ? late : (this.#failure ?? late);
    call.reject(this.#unavailable(reason));
    this.#turn(silent(this.#health, reason));
    this.#settled();
  }

  #notConnected(reason: string): void {
    this.#failure = reason;
    this.#turn(unreachable(this.#health, reason));
  }

  #connected(): void {
    this.#failure = null;
    this.#silentProbes = 0;
    this.#turn(answered(this.#health, "read"));
    for (const call of this.#waiting) this.#send(call);
    this.#waiting.clear();
  }

  #turn(health: Health): void {
    if (health === this.#health) return;
    const before = trouble(this.#health);
    this.#health = health;
    const after = trouble(health);
    if ((before === null) !== (after === null)) this.#options.report(this.#options.name, after);
    if (health.away !== null) this.#dismiss(health.away);
    if (health !== WELL && this.#probing === undefined && !this.#closing) this.#probe();
  }

  #dismiss(reason: string): void {
    for (const call of this.#waiting) {
      this.#deadlines.remove(call);
      call.reject(this.#unavailable(reason));
    }
    this.#waiting.clear();
  }

  /** Again and again until it is well: requests must not be what finds out. */
  #probe(): void {
    const pause = PROBE_EVERY * (0.8 + 0.4 * this.#options.random());
    this.#probing = setTimeout(() => {
      this.#probing = undefined;
      if (this.#health !== WELL && !this.#closing) this.#probe();
    }, pause).unref();
    if (!this.#connection.isReady) return;
    const refuses = this.#health.refusal !== null;
    const look = refuses ? this.#start("store", this.#options.probe) : this.#start("read", ["PING"]);
    look.then(
      () => (this.#silentProbes = 0),
      () => this.#unanswered(),
    );
  }

  #unanswered(): void {
    if (this.#health.failures === 0) {
      this.#silentProbes = 0;
      return;
    }
    this.#silentProbes += 1;
    if (this.#silentProbes < SILENT_PROBES) return;
    this.#silentProbes = 0;
    this.#connection.renew();
  }

  #settled(): void {
    if (this.#closing === undefined || !this.#deadlines.isEmpty) return;
    this.#connection.close();
    this.#closing.resolve();
  }

  #unavailable(reason: string, cause?: Error): StoreUnavailable {
    return new StoreUnavailable(this.#options.name, reason, cause && { cause });
  }
}
