interface Figure {
  /** How many digits behind the point are worth reading. */
  readonly digits: number;
  readonly better: "less" | "more";
}

/** Every figure that there is, by the words that tables and charts say. */
export const FIGURES = {
  /** User and system time of all its processes. */
  "CPU µs/request": { digits: 1, better: "less" },
  "requests/s": { digits: 0, better: "more" },
  "p50 ms": { digits: 2, better: "less" },
  "p99 ms": { digits: 1, better: "less" },
  "max ms": { digits: 1, better: "less" },
  /** Refused, reset, cut short, not answered as expected. Nothing is tried again. */
  errors: { digits: 0, better: "less" },
  /** Proportional set size: memory that processes share is divided among them. */
  "supervisor MB": { digits: 1, better: "less" },
  "workers MB": { digits: 1, better: "less" },
  "all MB": { digits: 1, better: "less" },
  "ms to first answer": { digits: 0, better: "less" },
  /** Handshakes per second of CPU time. */
  "handshakes/CPU s": { digits: 0, better: "more" },
  /** Of these, the ones that resumed a session. */
  "resumed/CPU s": { digits: 0, better: "more" },
  "resumed %": { digits: 0, better: "more" },
  /** Connections (or requests) of the worker that has most of them, as a multiple of the mean of all workers. */
  "busiest ÷ mean": { digits: 2, better: "less" },
  sent: { digits: 0, better: "more" },
  /** Not answered right, per event; what follows says why. */
  lost: { digits: 1, better: "less" },
  wrong: { digits: 1, better: "less" },
  refused: { digits: 1, better: "less" },
  reset: { digits: 1, better: "less" },
  "cut short": { digits: 1, better: "less" },
  hung: { digits: 1, better: "less" },
  "ms to reload": { digits: 0, better: "less" },
  "ms to recover": { digits: 0, better: "less" },
} as const satisfies Record<string, Figure>;

export type FigureId = keyof typeof FIGURES;
