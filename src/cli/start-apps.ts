import { runApps, type App } from "../apps/run-apps.ts";
import type { ResolvedApp } from "../config/resolve.ts";
import type { ExitCode } from "../errors.ts";
import { styleOfStdout } from "../telemetry/style.ts";
import type { Io } from "./io.ts";
import { startArguments } from "./start-arguments.ts";

/** Starts several apps with the flags that were given for all of them. */
export async function startSideBySide(apps: readonly ResolvedApp[], io: Io): Promise<ExitCode> {
  return await runApps(apps.map((app) => toApp(app, io)));
}

function toApp({ sources, resolution }: ResolvedApp, io: Io): App {
  const { log, name } = resolution.config;
  // The app's own output is a pipe, so it cannot see what there is at its end.
  const style = log.file === null && log.format === "auto" ? styleOfStdout(log, io.env) : "json";
  const format = style === "json" ? [] : [`--log-format=${style === "journal" ? "journal" : "pretty"}`];
  const argv = [...process.execArgv, process.argv[1] ?? "", ...startArguments(sources, format)];
  return { name, argv, log };
}
