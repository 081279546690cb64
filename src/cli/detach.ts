import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync } from "node:fs";
import { withLogFile } from "../config/log-file.ts";
import type { ResolvedApp } from "../config/resolve.ts";
import { crashLogOf, homeOf, logOf } from "../control/home.ts";
import { AppError, EXIT, isErrorCode, type ExitCode } from "../errors.ts";
import { BACKGROUND_ENV, IN_BACKGROUND, type ToStarter } from "../protocol/starting.ts";
import type { Io } from "./io.ts";
import { makeFolders } from "./make-folders.ts";
import { openProgress, type ProgressView } from "./progress.ts";
import { reportError } from "./report-error.ts";
import { startArguments } from "./start-arguments.ts";

/**
 * Starts a primary for each app, in a session of its own, and waits until all are ready or have failed.
 * @throws AppError an only app's own, when it could not start; then nothing is left of it. Of several, one that fails leaves the others alone.
 */
export async function detach(apps: readonly ResolvedApp[], io: Io): Promise<ExitCode> {
  const [first] = apps;
  if (first !== undefined && apps.length === 1) return await detachOne(first, io, openView(io));
  // Each app waits for the signals by itself.
  process.setMaxListeners(0);
  const quiet = { show: () => undefined, close: () => undefined };
  const codes = await Promise.all(
    apps.map((app) => detachOne(app, io, quiet).catch((error: unknown) => reportError(error, io))),
  );
  return codes.find((code) => code !== EXIT.ok) ?? EXIT.ok;
}

async function detachOne(app: ResolvedApp, io: Io, progress: ProgressView): Promise<ExitCode> {
  const { resolution } = app;
  const home = homeOf(io.env);
  const { name } = resolution.config;
  const { config } = withLogFile(resolution, logOf(home, name));
  const crashLog = crashLogOf(home, name);
  const primary = startPrimary(app, openCrashLog(home.logs, crashLog), io);
  const outcome = await whileItStarts(primary, progress).finally(() => progress.close());
  if (outcome.type === "failed") {
    const { code, message, hint } = outcome.error;
    const where = `What it wrote: drover logs ${name} (${config.log.file})`;
    // An error that was thrown tells itself; an app that only ended has said why in its own words.
    const hints = code === "APP_BOOT_TIMEOUT" || message.includes("it ended with") ? [hint, where] : [hint];
    throw new AppError(
      isErrorCode(code) ? code : "CONTROL_FAILED",
      message,
      hints.filter(Boolean).join("\n") || undefined,
    );
  }
  if (outcome.type === "ended") throw endedEarly(name, outcome.how, `${config.log.file} and ${crashLog}`);
  const pid = `primary pid ${primary.pid}, log ${config.log.file}, stop it with: drover stop ${name}`;
  io.stdout.write(`${outcome.text}; ${pid}\n`);
  return EXIT.ok;
}

/** Its own output goes to the log file; what Node says of a crash could not follow that through rotations. */
function startPrimary({ sources }: ResolvedApp, output: number, io: Io): ChildProcess {
  try {
    const argv = [...process.execArgv, process.argv[1] ?? "", ...startArguments(sources)];
    return spawn(process.execPath, argv, {
      detached: true,
      env: { ...io.env, [BACKGROUND_ENV]: IN_BACKGROUND },
      stdio: ["ignore", output, output, "ipc"],
    });
  } finally {
    closeSync(output);
  }
}

function openCrashLog(logs: string, path: string): number {
  try {
    makeFolders(logs, 0o700);
    return openSync(path, "a", 0o600);
  } catch (error) {
    const message = `expected a file that can be written at ${path}, got ${(error as Error).message}`;
    throw new AppError("LOG_UNAVAILABLE", message, "Set DROVER_HOME to a folder this user may write to.");
  }
}

/** Steps are a picture for a terminal; a script only wants to know how it ended. */
function openView(io: Io): ProgressView {
  if (io.stderr.isTTY === true) return openProgress(io);
  return { show: () => undefined, close: () => undefined };
}

type Outcome = Exclude<ToStarter, { readonly type: "progress" }> | { readonly type: "ended"; readonly how: string };

/** A failed primary is waited for until it is gone. Signals that come meanwhile are its own: whoever gives up on us gives up on it. */
async function whileItStarts(primary: ChildProcess, progress: ProgressView): Promise<Outcome> {
  const pass = (): void => void primary.kill("SIGTERM");
  for (const signal of SIGNALS) process.on(signal, pass);
  const ready = Promise.withResolvers<Outcome>();
  let failed: Outcome | undefined;
  primary.on("message", (message: ToStarter) => {
    if (message.type === "progress") progress.show(message.progress);
    else if (message.type === "ready") ready.resolve(message);
    else failed = message;
  });
  // Its last message may come after its exit.
  const ended = Promise.all([once(primary, "exit"), once(primary, "disconnect")]).then(([[code, signal]]): Outcome => {
    const how = code === 0 ? "a stop before that" : `the end of its primary by ${signal ?? `exit code ${code}`}`;
    return failed ?? { type: "ended", how };
  });
  try {
    return await Promise.race([ready.promise, ended]);
  } finally {
    for (const signal of SIGNALS) process.off(signal, pass);
  }
}

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

function endedEarly(name: string, how: string, logs: string): AppError {
  return new AppError("STOPPING", `expected "${name}" to become ready, got ${how}`, `Look into ${logs}.`);
}
