/** Without a shell. */
export interface CommandLine {
  readonly node: string;
  readonly argv: readonly string[];
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
}

/** What a worker of a primary in the background must know to start a successor, should that die. It holds the environment: it is kept in memory alone. */
export interface Bequest {
  readonly command: CommandLine;
  /** The file that takes what the successor itself says on stdout and stderr. */
  readonly output: string;
  /** The path of the record: record/record.ts. */
  readonly record: string;
}
