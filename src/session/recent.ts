/** Enough for what one worker serves at a time. */
const MOST = 10_000;

/** What was noted last, by session id. Bounded: the one that was noted longest ago is forgotten first, and whoever asks must be content with not knowing. */
export class Recent<Value> {
  readonly #notes = new Map<string, Value>();
  readonly #most: number;

  constructor(most: number = MOST) {
    this.#most = most;
  }

  get(id: string): Value | undefined {
    return this.#notes.get(id);
  }

  note(id: string, value: Value): void {
    this.#notes.delete(id);
    this.#notes.set(id, value);
    if (this.#notes.size <= this.#most) return;
    const [oldest = ""] = this.#notes.keys();
    this.#notes.delete(oldest);
  }

  forget(id: string): void {
    this.#notes.delete(id);
  }

  forgetAll(): void {
    this.#notes.clear();
  }
}
