import type { Sources } from "../config/choose.ts";
import { resolveConfig } from "../config/resolve.ts";
import { running } from "../control/find.ts";
import { homeOf, socketOf } from "../control/home.ts";
import { AppError } from "../errors.ts";
import { refuseStranger } from "./refuse-stranger.ts";

export interface RunningApp {
  readonly name: string;
  /** Its control socket. */
  readonly socket: string;
}

/**
 * The running app a verb is for: the one that is named, else the one of this folder, else the only one, unless this folder has an app of its own.
 * @throws AppError NOT_RUNNING when there is none, USAGE when there are several
 */
export async function chooseApp(sources: Sources): Promise<RunningApp> {
  const home = homeOf(sources.env);
  const names = await running(home);
  const meant = named(sources, names) ?? (await nameHere(sources, names));
  const name = meant ?? only(names);
  const socket = socketOf(home, name);
  if (meant === null) await refuseStranger(name, socket, sources);
  return { name, socket };
}

function named({ flags, env }: Sources, names: readonly string[]): string | null {
  const name = flags["name"] ?? env["DROVER_NAME"];
  if (typeof name !== "string" || name === "") return null;
  if (names.includes(name)) return name;
  throw new AppError("NOT_RUNNING", `expected an app called "${name}" to run, got none`, hint(names));
}

/** What is wrong with this folder's configuration is no matter here: without a name from it, the others decide. */
async function nameHere(sources: Sources, names: readonly string[]): Promise<string | null> {
  if (names.length === 0) return null;
  const name = await resolveConfig(sources).then(
    ({ config }) => config.name,
    () => null,
  );
  return name !== null && names.includes(name) ? name : null;
}

function only(names: readonly string[]): string {
  const [name, ...others] = names;
  if (name === undefined) throw new AppError("NOT_RUNNING", "expected a running app, got none", hint(names));
  if (others.length === 0) return name;
  throw new AppError("USAGE", `expected the name of one of ${names.length} running apps, got none`, hint(names));
}

function hint(names: readonly string[]): string {
  if (names.length > 0) return `These run: ${names.join(", ")}.`;
  return "Apps of another user, or of another DROVER_HOME, are not seen from here.";
}
