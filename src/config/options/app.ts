import { choice, orNull, text } from "../kinds.ts";
import { path, variables, words } from "../option-kinds.ts";
import type { Rows } from "../option.ts";

/** What is run. */
export const APP = {
  entry: {
    group: "App",
    flag: null,
    env: "DROVER_ENTRY",
    kind: orNull(path("the app's file")),
    default: null,
    computed: "what is found in the folder",
    help: "the app's file; on the command line the word after the verb",
  },
  args: {
    group: "App",
    flag: null,
    env: null,
    kind: words("the app's arguments"),
    default: [],
    help: "arguments of the app; on the command line everything after --",
  },
  name: {
    group: "App",
    flag: "--name <name>",
    env: "DROVER_NAME",
    kind: orNull(text("a name")),
    default: null,
    computed: "from package.json, else the folder",
    help: "what the app is called by the other verbs",
    common: true,
  },
  cwd: {
    group: "App",
    flag: "--cwd <folder>",
    env: "DROVER_CWD",
    kind: orNull(path("a folder")),
    default: null,
    computed: "this folder",
    help: "working folder of the workers",
  },
  env: {
    group: "App",
    flag: null,
    env: null,
    kind: variables(),
    default: {},
    help: "variables for the app; environment and env file win over them",
  },
  envFile: {
    group: "App",
    flag: "--env-file <file>",
    env: "DROVER_ENV_FILE",
    kind: orNull(path("a file of NAME=value lines")),
    default: null,
    help: "file of variables for the app; the environment wins over it",
    common: true,
  },
  nodeOptions: {
    group: "App",
    flag: "--node-options <options>",
    env: "DROVER_NODE_OPTIONS",
    kind: words("options of Node"),
    default: [],
    help: 'options of Node for each worker, such as "--import tsx"',
  },
  serve: {
    group: "App",
    flag: "--serve <how>",
    env: "DROVER_SERVE",
    kind: choice(["auto", "listen", "export"]),
    default: "auto",
    help: "who opens the server: listen (the app), export (Drover)",
  },
  primaryModule: {
    group: "App",
    flag: "--primary-module <file>",
    env: "DROVER_PRIMARY_MODULE",
    kind: orNull(path("a file")),
    default: null,
    help: "file to run beside the workers, in its own process",
  },
} as const satisfies Rows;
