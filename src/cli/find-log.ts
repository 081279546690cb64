import { existsSync } from "node:fs";
import type { Sources } from "../config/choose.ts";
import type { Config } from "../config/config.ts";
import { resolveApps } from "../config/resolve.ts";
import { askStatus, STATUS_LIMIT } from "../control/client.ts";
import { running } from "../control/find.ts";
import { homeOf, logOf } from "../control/home.ts";
import { AppError } from "../errors.ts";
import { chooseApp } from "./choose-app.ts";

/**
 * The log file of the app that is named, else of this folder's, else of the only one that runs. Logs outlive their app.
 * @throws AppError NOT_RUNNING when there is neither app nor log, LOG_UNAVAILABLE when a running app has no log file
 */
export async function findLog(sources: Sources): Promise<string> {
  const left = await logLeftBehind(sources);
  if (left !== null) return left;
  const { name, socket } = await chooseApp(sources);
  const { logFile } = await askStatus(socket, STATUS_LIMIT);
  if (logFile !== null) return logFile;
  const hint =
    "Look where that goes: its terminal, journalctl, docker logs. With --log-file or -d an app has a log file.";
  throw new AppError("LOG_UNAVAILABLE", `expected "${name}" to have a log file, got one that writes to stdout`, hint);
}

/** Of an app that does not run now. */
async function logLeftBehind(sources: Sources): Promise<string | null> {
  const home = homeOf(sources.env);
  const here = await configsHere(sources);
  const name = nameGiven(sources) ?? (here.length === 1 ? here[0]?.name : null) ?? null;
  if (name === null || (await running(home)).includes(name)) return null;
  const path = here.find((config) => config.name === name)?.log.file ?? logOf(home, name);
  return existsSync(path) ? path : null;
}

function nameGiven({ flags, env }: Sources): string | null {
  const name = flags["name"] || env["DROVER_NAME"];
  return typeof name === "string" && name !== "" ? name : null;
}

/** Of this folder's apps by their own names. What is wrong with its configuration is no matter here. */
async function configsHere(sources: Sources): Promise<readonly Config[]> {
  const { name: _, ...flags } = sources.flags;
  return await resolveApps({ ...sources, flags }, []).then(
    (apps) => apps.map(({ resolution }) => resolution.config),
    () => [],
  );
}
