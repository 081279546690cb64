import { spawn, type ChildProcessByStdio } from "node:child_process";
import { once } from "node:events";
import type { Readable } from "node:stream";
import { styleText } from "node:util";
import type { Config } from "../config/config.ts";
import { EXIT, type ExitCode } from "../errors.ts";
import { takeServiceEnvironment } from "../primary/host/systemd/environment.ts";
import { forward, type Mark } from "../primary/output/forward.ts";
import { openLog, type Log } from "../telemetry/log.ts";
import { styleOfStdout, type Style } from "../telemetry/style.ts";
import { journalAppMark, jsonAppMark, prettyAppMark } from "./mark.ts";

/** One app of several: its primary is a process of its own, started with these arguments of Node. */
export interface App {
  readonly name: string;
  readonly argv: readonly string[];
  readonly log: Config["log"];
}

type Child = ChildProcessByStdio<null, Readable, Readable>;

interface Running {
  readonly name: string;
  readonly child: Child;
}

interface Ended {
  readonly name: string;
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

const PAINTS = ["cyan", "magenta", "yellow", "green", "blue"] as const;
const PASSED_ON = ["SIGTERM", "SIGINT", "SIGQUIT", "SIGHUP", "SIGTTIN", "SIGTTOU", "SIGUSR1", "SIGUSR2"] as const;

/**
 * Runs apps side by side until the last has ended: passes their output on, each line with its app, and our signals to each of them.
 * One that ends leaves the others alone. Answers the first exit code that is not 0.
 */
export async function runApps(apps: readonly App[]): Promise<ExitCode> {
  const [first] = apps;
  if (first === undefined) return EXIT.ok;
  const style = styleOf(apps);
  const log = openLog(first.log.level, style, (text) => void process.stdout.write(text));
  withholdService(log);
  const running = new Set(apps.map(({ name, argv }): Running => ({ name, child: startPrimary(argv) })));
  log.info("apps-started", { apps: namesOf(running) }, `runs ${running.size} apps: ${namesOf(running).join(", ")}`);
  void log.flush();
  passOutput(running, style);
  passSignals(running);
  const codes: ExitCode[] = [];
  await Promise.all(
    [...running].map(async (app) => {
      const end = await endOf(app);
      running.delete(app);
      codes.push(exitCodeOf(end));
      tellEnd(log, end, namesOf(running));
    }),
  );
  await log.flush();
  return codes.find((code) => code !== EXIT.ok) ?? EXIT.ok;
}

/** What systemd says to one service no app of several may take for its own: the first that is ready would speak for all. */
function withholdService(log: Log): void {
  const { notifySocket, sockets } = takeServiceEnvironment(process.env, process.pid);
  if (notifySocket === null && sockets === null) return;
  const text =
    "systemd wants to be told how the service does, or passes sockets, and several apps are not one service: " +
    "use a unit for each (drover start NAME), or Type=exec without a socket unit";
  log.warn("service-not-told", {}, text);
}

/** JSON only where each of them is. */
function styleOf(apps: readonly App[]): Style {
  const styles = apps.map(({ log }) => styleOfStdout(log, process.env));
  return styles.find((style) => style === "journal") ?? styles.find((style) => style !== "json") ?? "json";
}

function namesOf(apps: Iterable<Running>): readonly string[] {
  return Array.from(apps, ({ name }) => name);
}

function startPrimary(argv: readonly string[]): Child {
  // Nobody reads our stdin there: a primary looks at it to see whether a terminal may go away under it.
  return spawn(process.execPath, argv, { stdio: ["inherit", "pipe", "pipe"] });
}

function passOutput(apps: Iterable<Running>, style: Style): void {
  const all = [...apps];
  const width = Math.max(...all.map(({ name }) => name.length));
  for (const [index, { name, child }] of all.entries()) {
    const column = styleText(PAINTS[index % PAINTS.length] ?? "cyan", name.padEnd(width));
    const mark = (stream: "stdout" | "stderr"): Mark => {
      if (style === "json") return jsonAppMark(name, stream, Date.now);
      return style === "journal" ? journalAppMark(name, stream) : prettyAppMark(column);
    };
    void forward(child.stdout, mark("stdout"), process.stdout);
    void forward(child.stderr, mark("stderr"), process.stderr);
  }
  // A reader that went away must not take the apps down with it.
  for (const stream of [process.stdout, process.stderr]) stream.on("error", () => undefined);
}

/** A terminal's Ctrl-C reaches the apps by itself too: a primary takes two that come together for one. */
function passSignals(running: ReadonlySet<Running>): void {
  for (const signal of PASSED_ON) {
    process.on(signal, () => {
      for (const { child } of running) child.kill(signal);
    });
  }
}

async function endOf({ name, child }: Running): Promise<Ended> {
  const [code, signal] = (await once(child, "close")) as [number | null, NodeJS.Signals | null];
  return { name, code, signal };
}

/** A primary that was killed has no exit code of its own. */
function exitCodeOf({ code }: Ended): ExitCode {
  return Object.values(EXIT).find((known) => known === code) ?? EXIT.failure;
}

function tellEnd(log: Log, { name, code, signal }: Ended, others: readonly string[]): void {
  if (code === 0) return;
  const how = signal === null ? `with exit code ${code}` : `by ${signal}`;
  const rest =
    others.length === 0 ? "it was the last" : `${others.join(", ")} ${others.length === 1 ? "goes" : "go"} on`;
  log.error("app-ended", { app: name, code, signal }, `${name} ended ${how}; ${rest}`);
}
