type Work = "reads" | "writes";

/** Milliseconds from one look whether it is well again to the next. */
const BETWEEN_PROBES = 1000;

/** Tells of the edges: once that a store cannot do its work, once that it can again. An app that has gone quiet must not be what finds out: it looks by itself. */
export class Health {
  readonly #report: (reason: string | null) => void;
  readonly #probe: () => void;
  #failing: Work | null = null;
  #probing: NodeJS.Timeout | undefined;

  /** @param probe Tries to write, so that it is told what came of it */
  constructor(report: (reason: string | null) => void, probe: () => void) {
    this.#report = report;
    this.#probe = probe;
  }

  failed(what: Work, reason: string): void {
    const edge = this.#failing === null;
    if (edge || what === "writes") this.#failing = what;
    if (!edge) return;
    this.#report(reason);
    this.#probing = setInterval(this.#probe, BETWEEN_PROBES).unref();
  }

  /** A read that works says nothing about writes: those of a full disk fail while reads go on. */
  worked(what: Work): void {
    if (this.#failing === null || (this.#failing === "writes" && what === "reads")) return;
    this.close();
    this.#failing = null;
    this.#report(null);
  }

  close(): void {
    clearInterval(this.#probing);
  }
}
