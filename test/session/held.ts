/** A request that waits in the app until the test lets it go on. */
export class Held {
  readonly #begun = Promise.withResolvers<void>();
  readonly #over = Promise.withResolvers<void>();

  /** The app: it is here. */
  async hold(): Promise<void> {
    this.#begun.resolve();
    await this.#over.promise;
  }

  get begun(): Promise<void> {
    return this.#begun.promise;
  }

  letGo(): void {
    this.#over.resolve();
  }
}
