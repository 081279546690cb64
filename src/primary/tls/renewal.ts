import { AppError } from "../../errors.ts";
import { AFTER_ISSUE, anchor, endOf, NO_WAIT, renewAt, retryAfter, type Wait } from "../../policy/renewal.ts";
import type { RenewalWindow } from "../../protocol/certifier.ts";
import type { Facts } from "../../tls/facts.ts";
import { CertifierFailure } from "./certify.ts";
import { isPlaceholder, type Held } from "./held.ts";
import type { RenewalBook, Tries } from "./renewal-book.ts";
import type { TlsWorld } from "./tls-world.ts";

export type Book = Pick<RenewalBook, "directory" | "read" | "keep">;

const UNTRIED: Tries = { certificate: null, failures: 0, problem: null, wait: NO_WAIT };

/** What is known of the certificate in use for a domain: when it is to be renewed, and what became of that. Moments are milliseconds since the epoch. */
export class Renewal {
  readonly domain: string;
  readonly #held: () => Held | undefined;
  readonly #world: TlsWorld;
  readonly #book: Book;
  #tries: Tries;
  #window: RenewalWindow | null = null;
  /** Until the authority is asked for its window again. */
  #ask = NO_WAIT;
  /** Drawn once for each certificate, so that its moment does not move. */
  #random: number;

  /** @param held the certificate in use, or its placeholder */
  constructor(domain: string, held: () => Held | undefined, world: TlsWorld, book: Book) {
    this.domain = domain;
    this.#held = held;
    this.#world = world;
    this.#book = book;
    this.#tries = book.read(domain) ?? UNTRIED;
    this.#random = world.random();
    this.refresh();
  }

  /** Another certificate may be in use by now, and the clock may have been set. */
  refresh(): void {
    const now = this.#world.wallNow();
    this.#tries = { ...this.#tries, wait: anchor(this.#tries.wait, now) };
    this.#ask = anchor(this.#ask, now);
    const held = this.#held();
    if (held === undefined || this.#tries.certificate === idOf(held)) return;
    this.#tries = { ...UNTRIED, certificate: idOf(held), wait: this.#tries.wait };
    this.#window = null;
    this.#ask = NO_WAIT;
    this.#random = this.#world.random();
  }

  /** Why the last attempt failed; null: it did not. */
  get problem(): AppError | null {
    const { problem } = this.#tries;
    return problem && new AppError(problem.code, problem.message, problem.hint ?? undefined);
  }

  get dueAt(): number {
    const held = this.#held();
    const end = endOf(this.#tries.wait);
    return held === undefined || isPlaceholder(held) ? end : Math.max(end, this.#renewAt(held.facts, this.#window));
  }

  /** When the authority is to be asked for its window. */
  get askAt(): number {
    const held = this.#held();
    return held === undefined || isPlaceholder(held) ? Number.POSITIVE_INFINITY : endOf(this.#ask);
  }

  /** How long until the next attempt. Milliseconds. */
  get waitMs(): number {
    return Math.max(0, this.dueAt - this.#world.wallNow());
  }

  /** Whether another certificate could be used for as long as one that would be issued now. */
  isGood(found: Facts): boolean {
    return found.uncovered.length === 0 && this.#renewAt(found, null) > this.#world.wallNow();
  }

  async succeeded(): Promise<void> {
    this.refresh();
    await this.#keep({ ...this.#tries, wait: this.#from(AFTER_ISSUE) });
  }

  /** @param isIssued the authority gave a certificate all the same */
  async failed(error: AppError, isIssued: boolean): Promise<void> {
    const held = this.#held();
    const { code, message, hint = null } = error;
    const asked = error instanceof CertifierFailure ? error.retryAfterMs : null;
    const end = held === undefined || isPlaceholder(held) ? 0 : held.facts.notAfter;
    const lifetimeLeft = Math.max(0, end - this.#world.wallNow());
    const failures = this.#tries.failures + 1;
    const wait = this.#from(retryAfter(failures, asked, this.#world.random(), { lifetimeLeft, isIssued }));
    await this.#keep({ ...this.#tries, failures, wait, problem: { code, message, hint } });
  }

  /** The authority's answer; null: it has no opinion. */
  asked(window: RenewalWindow | null, retryAfterMs: number): void {
    this.#window = window;
    this.#ask = this.#from(retryAfterMs);
  }

  #renewAt({ notBefore, notAfter }: Facts, window: RenewalWindow | null): number {
    return renewAt({ notBefore, notAfter, window, random: this.#random });
  }

  #from(ms: number): Wait {
    return { since: this.#world.wallNow(), ms };
  }

  async #keep(tries: Tries): Promise<void> {
    this.#tries = tries;
    await this.#book.keep(this.domain, tries);
  }
}

function idOf(held: Held): string | null {
  return isPlaceholder(held) ? null : held.facts.fingerprint;
}
