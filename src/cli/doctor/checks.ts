import type { CpuCount } from "../../config/cpu-count.ts";
import { nearest } from "../../config/nearest.ts";
import { ENOUGH_FILES } from "../../config/open-files.ts";
import { optionRows } from "../../config/options.ts";
import type { Resolution } from "../../config/resolve.ts";
import { AppError } from "../../errors.ts";
import { count } from "../../telemetry/words.ts";

export interface Check {
  readonly name: string;
  /** `problem`: the app cannot start. `warning`: it can, but not as it should. */
  readonly state: "ok" | "warning" | "problem";
  readonly message: string;
  readonly fix?: string;
}

/** What the checks need to know of the machine. */
export interface Machine {
  readonly node: string;
  /** Version of the library that speaks HTTP/2 in Node; null where Node has none. */
  readonly nghttp2: string | null;
  readonly cpus: CpuCount;
  readonly workers: number;
  readonly memoryBytes: number;
  /** Limit of one process; null where it cannot be told. */
  readonly openFiles: number | null;
  readonly pid: number;
  /** Command of PID 1; null where it cannot be told. */
  readonly init: string | null;
  readonly nodeEnv: string | undefined;
}

/** A worker with a framework takes 50 to 100 MB before its first request. */
const WORKER_BYTES = 128 * 2 ** 20;
/** Pipes and channel of one worker in the primary. */
const FILES_PER_WORKER = 4;
const PREFIX = "DROVER_";
/** Where the sockets of running apps are: no option of an app. */
const HOME = "DROVER_HOME";

export function checkMachine(machine: Machine): readonly Check[] {
  return [
    checkNode(machine),
    checkHttp2(machine),
    checkCpus(machine),
    checkMemory(machine),
    checkOpenFiles(machine),
    checkInit(machine),
    checkNodeEnv(machine),
  ];
}

function checkNode({ node }: Machine): Check {
  const name = "node";
  const odd = Number(node.split(".")[0]) % 2 === 1;
  if (!odd) return { name, state: "ok", message: node };
  return {
    name,
    state: "warning",
    message: `${node} is no long-term release`,
    fix: "Use an even version, such as 24.",
  };
}

/** The first that counts resets which a client has the server send ("MadeYouReset"). */
const SAFE_NGHTTP2 = [1, 67] as const;

function checkHttp2({ nghttp2 }: Machine): Check {
  const name = "http/2";
  if (nghttp2 === null)
    return { name, state: "warning", message: "this Node does not speak HTTP/2", fix: "Set http2: off." };
  const [major = 0, minor = 0] = nghttp2.split(".").map(Number);
  const isSafe = major > SAFE_NGHTTP2[0] || (major === SAFE_NGHTTP2[0] && minor >= SAFE_NGHTTP2[1]);
  const message = `nghttp2 ${nghttp2}`;
  if (isSafe) return { name, state: "ok", message };
  const fix = "Update Node to the latest of its line, or set http2: off where strangers connect.";
  return { name, state: "warning", message: `${message} can be kept busy by clients (MadeYouReset)`, fix };
}

function checkCpus({ cpus, workers }: Machine): Check {
  const name = "cpus";
  const message = `${count(workers, "worker")}, ${cpus.why}`;
  if (workers <= cpus.count) return { name, state: "ok", message };
  return {
    name,
    state: "warning",
    message,
    fix: "More workers than CPUs take turns: set --workers auto, unless yours wait for something.",
  };
}

function checkMemory({ memoryBytes, workers }: Machine): Check {
  const name = "memory";
  const message = `${Math.round(memoryBytes / 2 ** 20)} MB for ${count(workers, "worker")}`;
  if (memoryBytes >= workers * WORKER_BYTES) return { name, state: "ok", message };
  return { name, state: "warning", message, fix: "Start fewer with --workers, or raise the memory limit." };
}

function checkOpenFiles({ openFiles, workers }: Machine): Check {
  const name = "open files";
  if (openFiles === null) return { name, state: "ok", message: "the limit cannot be told here" };
  const message = `at most ${openFiles} for each process`;
  const fix = "Raise it: ulimit -n 65536, or LimitNOFILE=65536 in a systemd unit.";
  if (openFiles < workers * FILES_PER_WORKER + 32)
    return { name, state: "problem", message: `${message}, too few for ${workers} workers`, fix };
  if (openFiles < ENOUGH_FILES)
    return { name, state: "warning", message: `${message}, which are also its connections`, fix };
  return { name, state: "ok", message };
}

function checkInit({ pid, init }: Machine): Check {
  const name = "init";
  const fix = "Start the container with an init: docker run --init, or init: true in Compose.";
  if (pid === 1) return { name, state: "warning", message: "this is PID 1: nobody reaps the orphans of your app", fix };
  if (init === null) return { name, state: "ok", message: "PID 1 cannot be told here" };
  const isApp = /^(node|npm|pnpm|yarn|drover|MainThread)/.test(init);
  if (isApp) return { name, state: "warning", message: `PID 1 is ${init}: nobody reaps the orphans of your app`, fix };
  return { name, state: "ok", message: `PID 1 is ${init}` };
}

function checkNodeEnv({ nodeEnv }: Machine): Check {
  const name = "NODE_ENV";
  if (nodeEnv === undefined || nodeEnv === "") return { name, state: "ok", message: "not set; start sets production" };
  if (nodeEnv === "production") return { name, state: "ok", message: nodeEnv };
  return {
    name,
    state: "warning",
    message: nodeEnv,
    fix: "Frameworks are slower and say more outside production: unset it, or set NODE_ENV=production.",
  };
}

/** A mistyped variable is ignored without a word everywhere else: Drover cannot know whose it is. */
export function checkVariables(env: NodeJS.ProcessEnv): readonly Check[] {
  const known = ownNames([HOME, ...optionRows().flatMap(([, option]) => option.env ?? [])]);
  const unknown = ownNames(Object.keys(env)).filter((name) => !known.includes(name));
  return unknown.flatMap((name) => {
    const meant = nearest(name, known);
    if (meant === undefined) return [];
    const message = `no option reads ${PREFIX}${name}`;
    return { name: "variables", state: "warning", message, fix: `Did you mean ${PREFIX}${meant}?` };
  });
}

/** Without the prefix, which would make any two names look alike. */
function ownNames(variables: readonly string[]): readonly string[] {
  return variables.filter((name) => name.startsWith(PREFIX)).map((name) => name.slice(PREFIX.length));
}

export function checkConfig(resolved: Resolution | AppError): readonly Check[] {
  if (!(resolved instanceof AppError)) {
    const { config, found } = resolved;
    const entry = found === null ? config.entry : `${config.entry} (${found})`;
    return [
      { name: "config", state: "ok", message: "valid" },
      { name: "entry", state: "ok", message: entry },
    ];
  }
  const name = resolved.code.startsWith("ENTRY") ? "entry" : "config";
  return [
    { name, state: "problem", message: resolved.message, ...(resolved.hint !== undefined && { fix: resolved.hint }) },
  ];
}
