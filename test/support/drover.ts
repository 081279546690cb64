import { spawn, type SpawnOptions } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { chownSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { text } from "node:stream/consumers";
import type { TestContext } from "node:test";
import { fileURLToPath } from "node:url";
import { LogReader, type LogLine } from "./log-reader.ts";
import { kill, pidsWithEnv } from "./proc.ts";
import { BOUND_MS, until, within } from "./wait.ts";

export const CLI = fileURLToPath(new URL("../../dist/cli.js", import.meta.url));

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** How a verb ended, and what it said. */
export interface Answer extends Exit {
  readonly stdout: string;
  readonly stderr: string;
}

export interface DroverOptions {
  /** Default 2. */
  readonly workers?: number;
  /** Default 0: any free port. */
  readonly port?: number;
  /** More flags of `drover start`. */
  readonly flags?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Default: the folder of the entry. */
  readonly cwd?: string;
  /** Arguments of the app, after `--`. */
  readonly args?: readonly string[];
  /** User id of the command itself. Default: the one of the test. */
  readonly uid?: number;
  /** Sockets it is started with, as systemd would. */
  readonly passed?: PassedDescriptors;
  /** A command that becomes the one behind it: `["taskset", "-c", "0"]`. */
  readonly through?: readonly string[];
  /** The `cli.js` of another copy of Drover; verbs are this one's all the same. */
  readonly cli?: string;
}

/** They become the command's descriptors from 3 on. */
export interface PassedDescriptors {
  readonly fds: readonly number[];
  readonly names: readonly string[];
}

export interface Program {
  readonly node?: string;
  readonly cli?: string;
}

export interface Drover {
  readonly pid: number;
  readonly log: LogReader;
  readonly exit: Promise<Exit>;
  /** Its DROVER_HOME, in which nothing else runs unless the test had set it. */
  readonly home: string;
  /** Runs `drover ...args` beside it to its end: `verb("scale", "4")`. */
  readonly verb: (...args: readonly string[]) => Promise<Answer>;
  /** The same with another Node, or the `cli.js` of another copy of Drover. */
  readonly verbOf: (program: Program, ...args: readonly string[]) => Promise<Answer>;
  signal(signal: NodeJS.Signals): void;
  /** Closes the other end of what it writes to: from here on there is no log. */
  deafen(): void;
  /** Ends it as an operator would, and answers how it ended. */
  stop(signal?: NodeJS.Signals): Promise<Exit>;
  /** Pids of the workers that are ready now, by slot, in the order of the slots. */
  workers(): ReadonlyMap<number, number>;
}

export interface ReadyDrover extends Drover {
  /** The first address the app answers on, as the log gives it. */
  readonly url: string;
  readonly port: number;
  readonly ready: LogLine;
}

/** What surrounds the test must not leak into what is tested: the runner's own variables and the options of Drover. */
function cleanEnv(): NodeJS.ProcessEnv {
  const foreign =
    /^(PORT|HOST|REDIS_URL|STATE_DIRECTORY|NODE_.*|NOTIFY_SOCKET|INVOCATION_ID|WATCHDOG_.*|LISTEN_.*|KUBERNETES_.*|WEB_CONCURRENCY|LOG_LEVEL|DROVER_.*|npm_.*|FORCE_COLOR)$/;
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !foreign.test(name)));
}

/** LISTEN_PID must be the command's own: the shell says its pid, then becomes the command. */
const AS_SYSTEMD = ["sh", "-c", 'LISTEN_PID=${LISTEN_PID:-$$} exec "$@"', "sh", process.execPath];

function socketVariables({ fds, names }: PassedDescriptors): Record<string, string> {
  return fds.length === 0 ? {} : { LISTEN_FDS: String(fds.length), LISTEN_FDNAMES: names.join(":") };
}

function readyWorkers(lines: readonly LogLine[]): Map<number, number> {
  const ready = new Map<number, number>();
  for (const line of lines) {
    if (line.slot === undefined || line.pid === undefined) continue;
    if (line.event === "worker-ready") ready.set(line.slot, line.pid);
    const gone = line.event === "worker-died" || line.event === "worker-left";
    if (gone && ready.get(line.slot) === line.pid) ready.delete(line.slot);
  }
  return new Map([...ready].toSorted(([a], [b]) => a - b));
}

/**
 * Runs the real command with these arguments. At the test's end it is stopped if it still runs, and the test fails
 * when that leaves a process behind.
 */
export function runCli(
  t: TestContext,
  args: readonly string[],
  options: Pick<DroverOptions, "env" | "cwd" | "uid" | "passed" | "through" | "cli"> = {},
): Drover {
  const mark = `DROVER_TEST_MARK=${randomUUID()}`;
  const given = options.env?.["DROVER_HOME"];
  const home = given ?? ownHome(options.uid);
  const { passed = { fds: [], names: [] }, through = [], cli = CLI } = options;
  const outside = { ...cleanEnv(), ...socketVariables(passed), ...options.env };
  const env = { ...outside, DROVER_HOME: home, DROVER_TEST_MARK: mark.slice(mark.indexOf("=") + 1) };
  const user = options.uid === undefined ? {} : { uid: options.uid };
  const command = passed.fds.length > 0 ? AS_SYSTEMD : [process.execPath];
  const [file = "", ...before] = [...through, ...command];
  const child = spawn(file, [...before, cli, ...args], {
    cwd: options.cwd,
    env,
    stdio: ["ignore", "pipe", "pipe", ...passed.fds] as ["ignore", "pipe", "pipe"],
    ...user,
  });
  const exit = once(child, "close").then(([code, signal]): Exit => ({ code, signal }));
  const log = new LogReader(child.stdout, child.stderr);
  const stop = async (signal: NodeJS.Signals = "SIGTERM"): Promise<Exit> => {
    child.kill(signal);
    return within(exit, () => `the end of drover after ${signal}\n${log.tail()}`);
  };

  t.after(async () => {
    try {
      if (child.exitCode === null && child.signalCode === null) await stop();
      await until(() => pidsWithEnv(mark).length === 0, "the last process of drover to end", 10_000);
    } catch (error) {
      const left = pidsWithEnv(mark);
      for (const pid of left) kill(pid, "SIGKILL");
      const cause = error instanceof Error ? error.message : String(error);
      throw new Error(`left behind: ${left.join(", ")}; ${cause}\n${log.tail()}`, { cause: error });
    } finally {
      if (given === undefined) rmSync(home, { recursive: true, force: true });
    }
  });

  return {
    pid: child.pid ?? -1,
    log,
    exit,
    home,
    // Not in the app's folder: it is found as the only one that runs.
    verb: (...words) => runToEnd({}, words, { cwd: home, env, ...user }),
    verbOf: (program, ...words) => runToEnd(program, words, { cwd: home, env, ...user }),
    stop,
    signal: (signal) => void child.kill(signal),
    deafen: () => {
      child.stdout.destroy();
      child.stderr.destroy();
    },
    workers: () => readyWorkers(log.lines),
  };
}

function ownHome(uid?: number): string {
  const home = mkdtempSync(join(tmpdir(), "drover-home-"));
  if (uid !== undefined) chownSync(home, uid, uid);
  return home;
}

async function runToEnd(
  { node = process.execPath, cli = CLI }: Program,
  args: readonly string[],
  options: SpawnOptions,
): Promise<Answer> {
  const child = spawn(node, [cli, ...args], { ...options, stdio: ["ignore", "pipe", "pipe"] });
  const said = Promise.all([text(child.stdout), text(child.stderr)]);
  const [code, signal] = await within(once(child, "close"), `the end of drover ${args.join(" ")}`);
  const [stdout, stderr] = await said;
  return { code, signal, stdout, stderr };
}

/** Runs `drover start ENTRY`, logging JSON lines, and does not wait. */
export function launch(t: TestContext, entry: string, options: DroverOptions = {}): Drover {
  const { workers = 2, port = 0, flags = [], args = [], cwd = dirname(entry) } = options;
  const start = ["start", entry, "-w", String(workers), "-p", String(port), "--log-format", "json"];
  const appArgs = args.length > 0 ? ["--", ...args] : [];
  return runCli(t, [...start, ...flags, ...appArgs], { ...options, cwd });
}

/** Runs `drover start ENTRY` and answers when all its workers are ready. */
export async function start(t: TestContext, entry: string, options: DroverOptions = {}): Promise<ReadyDrover> {
  const drover = launch(t, entry, options);
  const ready = await drover.log.event("ready", () => true, BOUND_MS);
  const url = typeof ready["url"] === "string" ? ready["url"] : "";
  const [first] = listeningPorts(drover.log);
  return { ...drover, ready, url, port: URL.canParse(url) ? Number(new URL(url).port) : (first ?? 0) };
}

/** The TCP ports the app listens on, in the order in which the log names them. */
export function listeningPorts(log: LogReader): number[] {
  const addresses = log.events("listening").map((line) => String(line["address"]));
  return addresses.flatMap((address) =>
    /:\d+$/.test(address) ? [Number(address.slice(address.lastIndexOf(":") + 1))] : [],
  );
}
