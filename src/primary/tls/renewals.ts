import { AppError } from "../../errors.ts";
import type { RenewalWindow } from "../../protocol/certifier.ts";
import type { Facts } from "../../tls/facts.ts";
import type { TlsNarrator } from "../output/tls-narrator.ts";
import { CertifierFailure } from "./certify.ts";
import { isPlaceholder, type Held, type RenewalStatus } from "./held.ts";
import { Renewal, type Book } from "./renewal.ts";
import type { TlsWorld } from "./tls-world.ts";

/** What renewals need to be done for them. */
export interface RenewalWork {
  /** The certificate for a domain that is in use, or its placeholder. */
  readonly held: (domain: string) => Held | undefined;
  /** Has a new one issued, and written. @throws AppError */
  readonly obtain: (held: Held) => Promise<void>;
  /** Has the workers use what is written; answers what that is, used or not. Null: nothing that could be. */
  readonly look: (held: Held) => Promise<Facts | null>;
  /** Asks the authority when to renew. @throws AppError */
  readonly askWindow: (held: Held) => Promise<{ readonly window: RenewalWindow | null; readonly retryAfterMs: number }>;
}

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

/** Obtains and renews what comes from an authority: when it is due, one after another. What fails is tried again, and what runs is left alone. */
export class Renewals {
  readonly #world: TlsWorld;
  readonly #work: RenewalWork;
  readonly #narrator: TlsNarrator;
  #renewals: readonly Renewal[] = [];
  #book: Book | null = null;
  #turn: Promise<unknown> = Promise.resolve();
  #cancel: () => void = () => undefined;
  #closed = false;

  constructor(world: TlsWorld, work: RenewalWork, narrator: TlsNarrator) {
    this.#world = world;
    this.#work = work;
    this.#narrator = narrator;
  }

  /** From now on these. What is known of a domain stays, as long as the authority is the same. */
  follow(domains: readonly string[], book: Book): void {
    const isSame = book.directory === this.#book?.directory;
    const known = new Map(isSame ? this.#renewals.map((renewal) => [renewal.domain, renewal]) : []);
    this.#book = book;
    this.#renewals = domains.map((domain) => known.get(domain) ?? this.#new(domain, book));
    this.#plan();
  }

  statusOf(domain: string): RenewalStatus {
    const renewal = this.#renewals.find((one) => one.domain === domain);
    if (!renewal) return { renewsAt: null, problem: null };
    renewal.refresh();
    return { renewsAt: renewal.dueAt, problem: renewal.problem?.message ?? null };
  }

  /**
   * Renews these now, whatever the time; without names, all. Answers which it were.
   * @throws AppError USAGE for a name that none is for, and what the authority says
   */
  async now(names: readonly string[]): Promise<readonly string[]> {
    const chosen = this.#choose(names);
    const problems: AppError[] = [];
    for (const renewal of chosen) {
      const problem = await this.#inTurn(() => this.#obtain(renewal, true));
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

  #new(domain: string, book: Book): Renewal {
    const renewal = new Renewal(domain, () => this.#work.held(domain), this.#world, book);
    // Another primary's: nobody would know why nothing happens.
    if (renewal.problem && renewal.waitMs > 0) this.#sayFailed(renewal, renewal.problem);
    return renewal;
  }

  /** A timer measures the time the machine is awake; certificates end by the calendar. */
  #plan(): void {
    this.#cancel();
    if (this.#closed || this.#renewals.length === 0) return;
    for (const renewal of this.#renewals) renewal.refresh();
    const next = Math.min(...this.#renewals.map(({ dueAt, askAt }) => Math.min(dueAt, askAt)));
    const wait = Math.min(Math.max(next - this.#world.wallNow(), 0), HOUR);
    this.#cancel = this.#world.clock.after(wait, () => void this.#inTurn(() => this.#doDue()).then(() => this.#plan()));
  }

  async #doDue(): Promise<void> {
    for (const renewal of this.#renewals) {
      if (this.#closed) return;
      if (renewal.askAt <= this.#world.wallNow()) await this.#ask(renewal);
      if (renewal.dueAt <= this.#world.wallNow()) await this.#obtain(renewal, false);
    }
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#turn.then(work);
    this.#turn = turn.catch(() => undefined);
    return turn;
  }

  /** Answers why it failed, or null. @param isAsked by somebody, who may want another one whatever there is */
  async #obtain(renewal: Renewal, isAsked: boolean): Promise<AppError | null> {
    const held = this.#work.held(renewal.domain);
    if (this.#closed || held === undefined) return null;
    let isIssued = false;
    try {
      if (!isAsked && (await this.#isThere(renewal, held))) return null;
      await this.#work.obtain(held);
      isIssued = true;
      await this.#work.look(held);
      this.#refuseUnused(held, this.#work.held(renewal.domain));
      await renewal.succeeded();
      return null;
    } catch (thrown) {
      const error = asAppError(thrown);
      isIssued ||= error.code === "FILE_UNWRITABLE";
      if (this.#closed) return error;
      await renewal.failed(error, isIssued);
      this.#sayFailed(renewal, error);
      return error;
    }
  }

  /**
   * Whether one that was issued before is used now.
   * @throws AppError when it is there and is not used: another one would fare no better
   */
  async #isThere(renewal: Renewal, held: Held): Promise<boolean> {
    const found = await this.#work.look(held);
    if (found === null || found.fingerprint === held.facts.fingerprint || !renewal.isGood(found)) return false;
    this.#refuseUnused(held, this.#work.held(renewal.domain));
    return true;
  }

  /** @throws AppError */
  #refuseUnused(before: Held, now: Held | undefined): void {
    if (now?.facts.fingerprint !== before.facts.fingerprint) return;
    const message = `expected the new certificate to be used, got the one before: ${now.problem ?? "it is the same"}`;
    throw new CertifierFailure("TLS_INVALID", message, undefined, null);
  }

  #sayFailed({ domain, waitMs }: Renewal, error: AppError): void {
    const held = this.#work.held(domain);
    this.#narrator.notRenewed(domain, error, waitMs, held === undefined || isPlaceholder(held));
  }

  async #ask(renewal: Renewal): Promise<void> {
    const held = this.#work.held(renewal.domain);
    if (held === undefined) return;
    try {
      const { window, retryAfterMs } = await this.#work.askWindow(held);
      renewal.asked(window, retryAfterMs);
    } catch {
      // Without an answer the lifetime decides.
      renewal.asked(null, DAY);
    }
  }
}

/** Whatever it was: it is tried again, and nothing ends by it. */
function asAppError(thrown: unknown): AppError {
  return thrown instanceof AppError ? thrown : new AppError("ACME_REFUSED", (thrown as Error).message);
}
