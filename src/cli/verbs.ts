import type { Sources } from "../config/choose.ts";
import type { ExitCode } from "../errors.ts";
import { DEPLOY_VERBS } from "./deploy/verbs.ts";
import type { Io } from "./io.ts";

/** What was asked on the command line. */
export interface Request {
  /** The `[name]` of a verb is `flags.name` here, as `--name` is. */
  readonly sources: Sources;
  readonly json: boolean;
  /** The other words after the verb; of one that takes an app all: an entry, which `sources` has too, or names of apps. */
  readonly operands: readonly string[];
  /** The verb's own flags, as commander names them. */
  readonly own: Readonly<Record<string, unknown>>;
}

export type Run = (request: Request, io: Io) => Promise<ExitCode>;

export interface Verb {
  readonly words: string;
  readonly help: string;
  /** Whether it takes the entry and the options of `start`. */
  readonly takesApp: boolean;
  readonly takesJson: boolean;
  /** What follows a verb that takes no app, as commander writes it: `<count>`. One with `[name]` is for a running app. */
  readonly operands?: readonly string[];
  /** For a running app, which `--name` alone names: what follows is something else. */
  readonly takesName?: true;
  readonly flags?: readonly (readonly [flag: string, help: string])[];
  /** Imports only what this verb needs: the time until an app starts counts. */
  readonly load: () => Promise<Run>;
}

export const NAME = "[name]";

/** Whether it is for a running app. */
export function namesAnApp({ operands, takesName }: Verb): boolean {
  return takesName === true || operands?.includes(NAME) === true;
}

/** Every verb, in the order of `--help`. */
export const VERBS: readonly Verb[] = [
  {
    words: "start",
    help: "run the app in the foreground; the default",
    takesApp: true,
    takesJson: false,
    flags: [["-d, --detach", "run in the background: returns when the app is ready, or has failed"]],
    load: async () => (await import("./start.ts")).start,
  },
  {
    words: "status",
    help: "a running app in detail: its workers, listeners and last reload",
    takesApp: false,
    takesJson: true,
    operands: ["[name]"],
    load: async () => (await import("./status.ts")).status,
  },
  {
    words: "ls",
    help: "all your running apps",
    takesApp: false,
    takesJson: true,
    load: async () => (await import("./ls.ts")).ls,
  },
  {
    words: "logs",
    help: "the last lines of an app's log file, and with -f what follows",
    takesApp: false,
    takesJson: true,
    operands: ["[name]"],
    flags: [
      ["-f, --follow", "go on with what is written from now on"],
      ["-n, --lines <count>", "how many of the last lines (20)"],
    ],
    load: async () => (await import("./logs.ts")).logs,
  },
  {
    words: "crashes",
    help: "why workers have died, and what they were answering; with the id of a report, that one in full",
    takesApp: false,
    takesJson: true,
    operands: ["[name|id]"],
    takesName: true,
    load: async () => (await import("./crashes.ts")).crashes,
  },
  {
    words: "reload",
    help: "replace the code worker by worker, without losing a request",
    takesApp: false,
    takesJson: true,
    operands: ["[name]"],
    load: async () => (await import("./act.ts")).act(() => ({ verb: "reload" })),
  },
  {
    words: "restart",
    help: "replace all workers at once; clients wait meanwhile",
    takesApp: false,
    takesJson: true,
    operands: ["[name]"],
    load: async () => (await import("./act.ts")).act(() => ({ verb: "restart" })),
  },
  {
    words: "upgrade",
    help: "replace Drover itself, and Node, by those that run this command",
    takesApp: false,
    takesJson: true,
    operands: ["[name]"],
    load: async () => (await import("./upgrade.ts")).upgrade,
  },
  {
    words: "scale",
    help: "set how many workers there are: 4, +1 or -1",
    takesApp: false,
    takesJson: true,
    operands: ["<count>", "[name]"],
    load: async () => (await import("./scale.ts")).scale,
  },
  {
    words: "stop",
    help: "finish what was accepted, then end",
    takesApp: false,
    takesJson: true,
    operands: ["[name]"],
    flags: [["--now", "end at once, without a drain"]],
    load: async () => (await import("./act.ts")).act(({ own }) => ({ verb: "stop", now: own["now"] === true })),
  },
  {
    words: "drain",
    help: "say not ready at /readyz, and go on serving",
    takesApp: false,
    takesJson: true,
    operands: ["[name]"],
    load: async () => (await import("./act.ts")).act(() => ({ verb: "drain" })),
  },
  {
    words: "undrain",
    help: "say ready again",
    takesApp: false,
    takesJson: true,
    operands: ["[name]"],
    load: async () => (await import("./act.ts")).act(() => ({ verb: "undrain" })),
  },
  {
    words: "reopen",
    help: "open the log file anew, after something has moved it",
    takesApp: false,
    takesJson: true,
    operands: ["[name]"],
    load: async () => (await import("./act.ts")).act(() => ({ verb: "reopen" })),
  },
  {
    words: "cert list",
    help: "the certificates in use: their names, issuer and end",
    takesApp: false,
    takesJson: true,
    operands: ["[name]"],
    load: async () => (await import("./cert-list.ts")).certList,
  },
  {
    words: "cert renew",
    help: "have certificates renewed now, all or those for these names",
    takesApp: false,
    takesJson: true,
    operands: ["[domain...]"],
    takesName: true,
    load: async () => (await import("./act.ts")).act(({ operands }) => ({ verb: "renew", names: operands })),
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
    words: "top",
    help: "a running app live: its workers, their load, and what happens to them",
    takesApp: false,
    takesJson: false,
    operands: ["[name]"],
    load: async () => (await import("./top/top.ts")).top,
  },
  {
    words: "prove",
    help: "reload and kill under load, and count what your clients lose",
    takesApp: false,
    takesJson: true,
    operands: ["[name]"],
    flags: [
      ["--path <path>", "what is asked, by GET (/)"],
      ["--reloads <count>", "how many, one after another (3)"],
      ["--kills <count>", "workers killed with SIGKILL, one after another (3)"],
      ["--rate <count>", "requests a second, from 2 to 1000 (100)"],
      ["--connections <count>", "at a time, at most 200; half of them are kept (16)"],
      ["-y, --yes", "do not ask before that"],
    ],
    load: async () => (await import("./prove/prove.ts")).prove,
  },
  ...DEPLOY_VERBS,
  {
    words: "migrate",
    help: "write a config file from one of pm2, and say what is different",
    takesApp: false,
    takesJson: true,
    operands: ["[file]"],
    flags: [
      ["--env <name>", "take the variables of env_NAME too"],
      ["--force", "write over a drover.config.mjs"],
    ],
    load: async () => (await import("./migrate.ts")).migrateFile,
  },
  {
    words: "doctor",
    help: "check this machine and this app",
    takesApp: true,
    takesJson: true,
    load: async () => (await import("./doctor/doctor.ts")).doctor,
  },
  {
    words: "version",
    help: "the versions of Drover and Node",
    takesApp: false,
    takesJson: true,
    load: async () => (await import("./version.ts")).printVersion,
  },
];
