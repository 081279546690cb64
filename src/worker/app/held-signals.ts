const HELD: ReadonlySet<string | symbol> = new Set(["SIGTERM", "SIGINT", "SIGHUP"]);
const ignore = (): void => undefined;

/**
 * The app's own TERM and INT listeners wait until its requests are finished. A worker must survive these signals anyway: systemd and a
 * closing terminal send them to the whole group. Node binds `process.emit` when the first signal listener is added, so this
 * has to come before any other code.
 */
export class HeldSignals {
  readonly #emit = process.emit.bind(process) as (name: string | symbol, ...rest: unknown[]) => boolean;
  #onSignal: (signal: NodeJS.Signals) => void = ignore;

  hold(): void {
    const emit = (name: string | symbol, ...rest: unknown[]): boolean => {
      if (!HELD.has(name)) return this.#emit(name, ...rest);
      this.#onSignal(name as NodeJS.Signals);
      return true;
    };
    process.emit = emit as typeof process.emit;
    for (const signal of HELD) process.on(signal, ignore);
  }

  onSignal(listener: (signal: NodeJS.Signals) => void): void {
    this.#onSignal = listener;
  }

  /**
   * Calls the app's own TERM listeners, or its INT listeners where it has no others, and only this once: signals that arrive later stay held.
   * Answers whether there were any.
   */
  release(): boolean {
    for (const signal of HELD) process.off(signal, ignore);
    const signal = (["SIGTERM", "SIGINT"] as const).find((name) => process.listenerCount(name) > 0);
    return signal !== undefined && this.#emit(signal, signal, signal === "SIGTERM" ? 15 : 2);
  }
}
