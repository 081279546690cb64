/** Tells of the edges: once that a store cannot do its work, once that it can again. */
export class Health {
  readonly #report: (reason: string | null) => void;
  #failing: "reads" | "writes" | null = null;

  constructor(report: (reason: string | null) => void) {
    this.#report = report;
  }

  failed(what: "reads" | "writes", reason: string): void {
    const edge = this.#failing === null;
    if (edge || what === "writes") this.#failing = what;
    if (edge) this.#report(reason);
  }

  /** A read that works says nothing about writes: those of a full disk fail while reads go on. */
  worked(what: "reads" | "writes"): void {
    if (this.#failing === null || (this.#failing === "writes" && what === "reads")) return;
    this.#failing = null;
    this.#report(null);
  }
}
