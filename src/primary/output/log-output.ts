import type { Config } from "../../config/config.ts";
import type { Log } from "../../telemetry/log.ts";
import { unpainted } from "../../telemetry/pretty.ts";
import { styleOfStdout, type Style } from "../../telemetry/style.ts";
import type { Outlet } from "./forward.ts";

/** Where everything goes that Drover and the app say. */
export interface LogOutput {
  readonly stdout: Outlet;
  readonly stderr: Outlet;
  readonly style: Style;
  /** The system's logrotate has moved the file. Without a file nothing happens. */
  reopen(): Promise<void>;
  /** What was said is in the file. */
  close(): Promise<void>;
}

/** Each worker waits for a slow terminal or pipe in a listener of its own; the default limit of 10 would warn. */
const MANY_WORKERS = 1024;

/**
 * The log file, or our own stdout and stderr.
 * @param log Hears of trouble with the file, once that is past.
 * @throws AppError LOG_UNAVAILABLE
 */
export async function openOutput(settings: Config["log"], env: NodeJS.ProcessEnv, log: () => Log): Promise<LogOutput> {
  return settings.file === null ? ownStreams(settings, env) : await inFile(settings.file, settings, log);
}

function ownStreams(settings: Config["log"], env: NodeJS.ProcessEnv): LogOutput {
  const { stdout, stderr } = process;
  for (const stream of [stdout, stderr]) stream.setMaxListeners(2 * MANY_WORKERS);
  return { stdout, stderr, style: styleOfStdout(settings, env), reopen: async () => {}, close: async () => {} };
}

async function inFile(path: string, settings: Config["log"], log: () => Log): Promise<LogOutput> {
  const { LogFile } = await import("../../telemetry/log-file.ts");
  const file = await LogFile.open(path, settings, {
    // The log cannot say it now.
    failed: ({ message }) => void process.stderr.write(`${path} cannot be written, so lines are lost: ${message}\n`),
    recovered: (lost) =>
      log().warn("log-lines-lost", { lost }, `${lost} lines were lost while the log file could not be written`),
    notRotated: ({ message }) =>
      log().warn("log-not-rotated", { message }, `the log file could not be rotated or compressed: ${message}`),
  });
  return {
    stdout: file,
    stderr: file,
    style: settings.format === "pretty" ? unpainted : "json",
    reopen: () => file.reopen(),
    close: () => file.close(),
  };
}
