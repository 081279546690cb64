import { runApps, type App } from "../apps/run-apps.ts";
import type { ResolvedApp } from "../config/resolve.ts";
import type { ExitCode } from "../errors.ts";
import type { Io } from "./io.ts";
import { startArguments } from "./start-arguments.ts";

/** Starts several apps with the flags that were given for all of them. */
export async function startApps(apps: readonly ResolvedApp[], io: Io): Promise<ExitCode> {
  return await runApps(apps.map((app) => toApp(app, io)));
}

function toApp({ sources, resolution }: ResolvedApp, io: Io): App {
  const { log, name } = resolution.config;
  // The app's own output is a pipe, so it cannot see that there is a terminal at its end.
  const onTerminal =
    log.file === null && log.format === "auto" && io.stdout.isTTY === true ? ["--log-format=pretty"] : [];
  const argv = [...process.execArgv, process.argv[1] ?? "", ...startArguments(sources, onTerminal)];
  return { name, argv, log };
}
