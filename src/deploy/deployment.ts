/** What a renderer answers: pure text, so that a golden file shows every change. */
export interface Deployment {
  readonly files: readonly DeployedFile[];
  /** What to do with them, one step a line; for a person. */
  readonly next: readonly string[];
}

export interface DeployedFile {
  /** Below the folder that all of them are written to. */
  readonly name: string;
  readonly text: string;
  /** A script. */
  readonly executable?: true;
}
