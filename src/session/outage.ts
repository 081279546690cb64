/** Milliseconds for which a failed write stands for those that follow. */
const KNOWN_FOR = 2000;

/** Knows, without asking, that writing fails: an answer can still be a 503 only as long as nobody has to wait for the store. */
export class Outage {
  readonly #canWrite: () => Promise<boolean>;
  readonly #clock: () => number;
  #knownUntil = 0;
  #looking = false;

  /** @param canWrite Tries the store: whoever is refused without having tried must not be the reason that nobody does. */
  constructor(canWrite: () => Promise<boolean>, clock: () => number) {
    this.#canWrite = canWrite;
    this.#clock = clock;
  }

  /** A write was tried. */
  note(passed: boolean): void {
    this.#knownUntil = passed ? 0 : this.#clock() + KNOWN_FOR;
  }

  isOn(): boolean {
    const on = this.#clock() < this.#knownUntil;
    if (on) void this.#look();
    return on;
  }

  async #look(): Promise<void> {
    if (this.#looking) return;
    this.#looking = true;
    this.note(await this.#canWrite());
    this.#looking = false;
  }
}
