import type { Sources } from "../config/choose.ts";
import type { ExitCode } from "../errors.ts";
import type { Io } from "./io.ts";

/** What was asked on the command line. */
export interface Request {
  readonly sources: Sources;
  readonly json: boolean;
}

export type Run = (request: Request, io: Io) => Promise<ExitCode>;

export interface Verb {
  readonly words: string;
  readonly help: string;
  /** Whether it takes the entry and the options of `start`. */
  readonly takesApp: boolean;
  readonly takesJson: boolean;
  /** Imports only what this verb needs: the time until an app starts counts. */
  readonly load: () => Promise<Run>;
}

/** Every verb, in the order of `--help`. */
export const VERBS: readonly Verb[] = [
  {
    words: "start",
    help: "run the app in the foreground; the default",
    takesApp: true,
    takesJson: false,
    load: async () => (await import("./start.ts")).start,
  },
  {
    words: "config print",
    help: "every option with its value and where that comes from",
    takesApp: true,
    takesJson: true,
    load: async () => (await import("./config-print.ts")).printConfig,
  },
  {
    words: "config validate",
    help: "check the configuration without starting",
    takesApp: true,
    takesJson: false,
    load: async () => (await import("./config-validate.ts")).validateConfig,
  },
  {
    words: "config schema",
    help: "the JSON Schema of a config file",
    takesApp: false,
    takesJson: false,
    load: async () => (await import("./config-schema.ts")).printSchema,
  },
  {
    words: "doctor",
    help: "check this machine and this app",
    takesApp: true,
    takesJson: true,
    load: async () => (await import("./doctor.ts")).doctor,
  },
  {
    words: "version",
    help: "the versions of Drover and Node",
    takesApp: false,
    takesJson: true,
    load: async () => (await import("./version.ts")).printVersion,
  },
];
