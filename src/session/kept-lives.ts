import { Recent } from "./recent.ts";

/**
 * Until when the store surely keeps each session that this worker has written or touched lately. It only ever saves a touch: what it does not know, or knows too
 * early an end of, costs one more. (Another worker cannot have shortened a life behind its back without changing the session, and a changed lifetime is a write.)
 */
export class KeptLives {
  readonly #ends = new Recent<number>();

  /** It was written or touched at `now`, for `ttl` and the tenth that is added to every life. */
  remember(id: string, now: number, ttl: number): void {
    this.#ends.note(id, now + ttl + ttl / 10);
  }

  /** Whether the store keeps it for `ttl` from `now` on as it is: not shorter, and not much longer either, where the app has shortened it. */
  covers(id: string, now: number, ttl: number): boolean {
    const end = this.#ends.get(id);
    if (end === undefined) return false;
    const left = end - now;
    return left >= ttl && left <= ttl + ttl / 5;
  }

  forget(id: string): void {
    this.#ends.forget(id);
  }

  forgetAll(): void {
    this.#ends.forgetAll();
  }
}
