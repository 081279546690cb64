/** One competitor: a session store for express-session. */
interface Row {
  readonly name: string;
  readonly server: "redis" | "none";
  /** The least it must reach in `write`, as a multiple of connect-redis's operations per CPU second. */
  readonly atLeast?: number;
}

export const ROWS = {
  other: { name: "connect-redis", server: "redis" },
  redis: { name: "Drover, Redis", server: "redis", atLeast: 0.9 },
  embedded: { name: "Drover, embedded", server: "none", atLeast: 1.5 },
} as const satisfies Record<string, Row>;

export type RowId = keyof typeof ROWS;
