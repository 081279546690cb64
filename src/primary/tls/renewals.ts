import { AppError } from "../../errors.ts";
import { renewAt, retryAfter } from "../../policy/renewal.ts";
import type { RenewalWindow } from "../../protocol/certifier.ts";
import type { TlsNarrator } from "../output/tls-narrator.ts";
import { CertifierFailure } from "./certify.ts";
import { isPlaceholder, type Held, type RenewalStatus } from "./held.ts";
import type { TlsWorld } from "./tls-world.ts";

/** What renewals need to be done for them. */
export interface RenewalWork {
  /** The certificate for a domain that is in use, or its placeholder. */
  readonly held: (domain: string) => Held | undefined;
  /** Has a new one issued, and used by the workers. @throws AppError */
  readonly obtain: (held: Held) => Promise<void>;
  /** Asks the authority when to renew. @throws AppError */
  readonly askWindow: (held: Held) => Promise<{ readonly window: RenewalWindow | null; readonly retryAfterMs: number }>;
}

/** Of one domain. Moments are milliseconds since the epoch. */
interface Renewal {
  readonly domain: string;
  /** Since the last success. */
  failures: number;
  problem: string | null;
  /** Not before: after failures, and where an authority wants what it has just given renewed again. */
  nextAttempt: number;
  window: RenewalWindow | null;
  nextAsk: number;
  /** Drawn once for each certificate, so that its moment does not move. */
  random: number;
}

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

/** Obtains and renews what comes from an authority: when it is due, one after another. What fails is tried again, and what runs is left alone. */
export class Renewals {
  readonly #world: TlsWorld;
  readonly #work: RenewalWork;
  readonly #narrator: TlsNarrator;
  #renewals: readonly Renewal[] = [];
  #turn: Promise<unknown> = Promise.resolve();
  #cancel: () => void = () => undefined;
  #closed = false;

  constructor(world: TlsWorld, work: RenewalWork, narrator: TlsNarrator) {
    this.#world = world;
    this.#work = work;
    this.#narrator = narrator;
  }

  /** From now on these. What is known of a domain stays. */
  follow(domains: readonly string[]): void {
    const known = new Map(this.#renewals.map((renewal) => [renewal.domain, renewal]));
    this.#renewals = domains.map((domain) => known.get(domain) ?? this.#new(domain));
    this.#plan();
  }

  statusOf(domain: string): RenewalStatus {
    const renewal = this.#renewals.find((one) => one.domain === domain);
    if (!renewal) return { renewsAt: null, problem: null };
    return { renewsAt: this.#dueAt(renewal), problem: renewal.problem };
  }

  /**
   * Renews these now, whatever the time; without names, all. Answers which it were.
   * @throws AppError USAGE for a name that none is for, and what the authority says
   */
  async now(names: readonly string[]): Promise<readonly string[]> {
    const chosen = this.#choose(names);
    const problems: AppError[] = [];
    for (const renewal of chosen) {
      const problem = await this.#inTurn(() => this.#obtain(renewal));
      if (problem) problems.push(problem);
    }
    this.#plan();
    const [first, ...others] = problems;
    if (first === undefined) return chosen.map(({ domain }) => domain);
    const more = others.map(({ message }) => `\n${message}`).join("");
    throw new AppError(first.code, first.message + more, first.hint);
  }

  close(): void {
    this.#closed = true;
    this.#cancel();
  }

  #choose(names: readonly string[]): readonly Renewal[] {
    if (names.length === 0) return this.#renewals;
    return names.map((name) => {
      const found = this.#renewals.find(({ domain }) => domain === name.toLowerCase());
      if (found) return found;
      const known = this.#renewals.map(({ domain }) => domain).join(", ");
      throw new AppError("USAGE", `expected names of tls.acme.domains, got "${name}"`, `They are: ${known || "none"}.`);
    });
  }

  #new(domain: string): Renewal {
    return {
      domain,
      failures: 0,
      problem: null,
      nextAttempt: 0,
      window: null,
      nextAsk: 0,
      random: this.#world.random(),
    };
  }

  #dueAt({ domain, failures, nextAttempt, window, random }: Renewal): number {
    const held = this.#work.held(domain);
    if (failures > 0 || held === undefined || isPlaceholder(held)) return nextAttempt;
    const { notBefore, notAfter } = held.facts;
    return Math.max(nextAttempt, renewAt({ notBefore, notAfter, window, random }));
  }

  /** A timer measures the time the machine is awake; certificates end by the calendar. */
  #plan(): void {
    this.#cancel();
    if (this.#closed || this.#renewals.length === 0) return;
    const next = Math.min(...this.#renewals.map((one) => Math.min(this.#dueAt(one), this.#askAt(one))));
    const wait = Math.min(Math.max(next - this.#world.wallNow(), 0), HOUR);
    this.#cancel = this.#world.clock.after(wait, () => void this.#inTurn(() => this.#doDue()).then(() => this.#plan()));
  }

  #askAt({ domain, nextAsk }: Renewal): number {
    const held = this.#work.held(domain);
    return held === undefined || isPlaceholder(held) ? Number.POSITIVE_INFINITY : nextAsk;
  }

  async #doDue(): Promise<void> {
    for (const renewal of this.#renewals) {
      if (this.#closed) return;
      if (this.#askAt(renewal) <= this.#world.wallNow()) await this.#ask(renewal);
      if (this.#dueAt(renewal) <= this.#world.wallNow()) await this.#obtain(renewal);
    }
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#turn.then(work);
    this.#turn = turn.catch(() => undefined);
    return turn;
  }

  /** Answers why it failed, or null. */
  async #obtain(renewal: Renewal): Promise<AppError | null> {
    const held = this.#work.held(renewal.domain);
    if (this.#closed || held === undefined) return null;
    try {
      await this.#work.obtain(held);
      const now = this.#work.held(renewal.domain);
      // What the authority gives and is not used is asked for again later, not at once.
      if (now?.facts.fingerprint === held.facts.fingerprint) throw unused(now);
      Object.assign(renewal, this.#new(renewal.domain), { nextAttempt: this.#world.wallNow() + DAY });
      return null;
    } catch (thrown) {
      const error = asAppError(thrown);
      if (!this.#closed) this.#failed(renewal, held, error);
      return error;
    }
  }

  #failed(renewal: Renewal, held: Held, error: AppError): void {
    const now = this.#world.wallNow();
    const asked = error instanceof CertifierFailure ? error.retryAfterMs : null;
    const lifetimeLeft = isPlaceholder(held) ? 0 : Math.max(0, held.facts.notAfter - now);
    renewal.failures += 1;
    const wait = retryAfter(renewal.failures, asked, this.#world.random(), { lifetimeLeft });
    renewal.nextAttempt = now + wait;
    renewal.problem = error.message;
    this.#narrator.notRenewed(renewal.domain, error, wait, isPlaceholder(held));
  }

  async #ask(renewal: Renewal): Promise<void> {
    const held = this.#work.held(renewal.domain);
    if (held === undefined) return;
    try {
      const { window, retryAfterMs } = await this.#work.askWindow(held);
      renewal.window = window;
      renewal.nextAsk = this.#world.wallNow() + retryAfterMs;
    } catch {
      // Without an answer the lifetime decides.
      renewal.nextAsk = this.#world.wallNow() + DAY;
    }
  }
}

/** Whatever it was: it is tried again, and nothing ends by it. */
function asAppError(thrown: unknown): AppError {
  return thrown instanceof AppError ? thrown : new AppError("ACME_REFUSED", (thrown as Error).message);
}

function unused({ problem }: Held): AppError {
  const message = `expected the new certificate to be used, got the one before: ${problem ?? "it is the same"}`;
  return new CertifierFailure("TLS_INVALID", message, undefined, null);
}
