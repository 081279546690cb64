import { lstatSync, statSync } from "node:fs";
import { availableParallelism } from "node:os";
import { basename, dirname } from "node:path";
import { AppError } from "../errors.ts";
import { refuseConflicts } from "./app-conflicts.ts";
import { choose, type Choice, type Sources } from "./choose.ts";
import type { Config, Origin, Resolved } from "./config.ts";
import { cpuCount } from "./cpu-count.ts";
import { loadConfigFile, type ConfigFile } from "./file.ts";
import { findEntry, type FoundEntry } from "./find-entry.ts";
import { checkLogFile } from "./log-file.ts";
import { nameApps, oneOfSeveral } from "./name-apps.ts";
import { freezeDeep } from "./nest.ts";
import { packageName } from "./package-json.ts";
import { checkPerSlot } from "./per-slot.ts";
import { readTextIfThere } from "./read-text.ts";
import { checkRedirect, checkTls, usesAcme } from "./tls.ts";

export interface Resolution extends Resolved {
  /** What was found and by which rule; null when the entry was given. */
  readonly found: string | null;
}

/** One app as it would run, and what to resolve it from once more. */
export interface ResolvedApp {
  readonly sources: Sources;
  readonly resolution: Resolution;
}

/**
 * Flag > start() > environment > env file > config file > default, each value with its origin.
 * Reads everything anew each time it is called. Throws AppError: USAGE for a wrong flag, CONFIG_*, ADDRESS_INVALID and ENTRY_* for the rest,
 * CONFIG_INVALID too when the config file has several apps and none is named.
 */
export async function resolveConfig(sources: Sources): Promise<Resolution> {
  const file = await loadConfigFile(sources.cwd, sources.configFile);
  const [first = sources, ...others] = await nameApps(sources, file, []);
  if (others.length > 0) throw oneOfSeveral(file, [first, ...others]);
  return await resolveApp(first, file);
}

/**
 * What `drover start WORDS` would run, resolved: the apps of the config file that are named, all of them without a word, or the one app of a
 * word that is an entry. Throws as {@link resolveConfig} does, and CONFIG_INVALID for apps that cannot run side by side.
 */
export async function resolveApps(sources: Sources, words: readonly string[]): Promise<readonly ResolvedApp[]> {
  const file = await loadConfigFile(sources.cwd, sources.configFile);
  const apps: ResolvedApp[] = [];
  for (const one of await nameApps(sources, file, words))
    apps.push({ sources: one, resolution: await resolveApp(one, file) });
  refuseConflicts(apps.map(({ resolution }) => resolution));
  return apps;
}

async function resolveApp(sources: Sources, file: ConfigFile | null): Promise<Resolution> {
  const choice = await choose(sources, file);
  const { chosen, origins } = choice;
  const cwd = chosen.cwd ?? sources.cwd;
  checkPath("cwd", "folder", cwd, origins.cwd);
  if (chosen.primaryModule !== null) checkPath("primaryModule", "file", chosen.primaryModule, origins.primaryModule);
  checkTls(chosen.tls, origins);
  const onWebPorts = webPorts(chosen.tls, origins);
  const app = findEntry(chosen.entry, cwd, origins.entry);
  const named = chosen.name ?? sources.app ?? packageName(dirname(app.entry));
  const cpus = cpuCount(readTextIfThere, availableParallelism());
  const inKubernetes = origins["timeouts.lameduck"] === "default" && Boolean(sources.env["KUBERNETES_SERVICE_HOST"]);
  const isDevelopment = chosen.watch && origins["reload.probation"] === "default";
  const config: Config = {
    ...chosen,
    cwd,
    ...onWebPorts.values,
    entry: app.entry,
    name: named ?? folderName(dirname(app.entry)),
    workers: chosen.workers === "auto" ? cpus.count : chosen.workers,
    nodeOptions: origins.nodeOptions === "default" ? app.nodeOptions : chosen.nodeOptions,
    args: origins.args === "default" ? app.args : chosen.args,
    reload: { ...chosen.reload, probation: isDevelopment ? 0 : chosen.reload.probation },
    timeouts: { ...chosen.timeouts, lameduck: inKubernetes ? KUBERNETES_LAMEDUCK : chosen.timeouts.lameduck },
  };
  const resolution = {
    config,
    origins: {
      ...origins,
      ...computedOrigins(choice, app, nameSource(sources, named), cpus.why),
      ...onWebPorts.origins,
      ...(isDevelopment ? { "reload.probation": "default, with watch" } : {}),
      ...(inKubernetes ? { "timeouts.lameduck": "default, Kubernetes" } : {}),
    },
    workersWhy: chosen.workers === "auto" ? cpus.why : origins.workers,
    files: choice.files,
    found: app.found,
  };
  checkLogFile(resolution);
  checkPerSlot(resolution);
  checkRedirect(resolution);
  return freezeDeep(resolution);
}

/** An authority looks for its proofs on 80 and 443, and nowhere else. */
function webPorts(
  tls: Config["tls"],
  origins: Readonly<Record<string, Origin>>,
): { readonly values: Partial<Pick<Config, "port" | "tls">>; readonly origins: Record<string, Origin> } {
  const withAcme = "default, with ACME";
  const redirects = usesAcme(tls) && origins["tls.redirect"] === "default";
  const listens = usesAcme(tls) && origins["port"] === "default" && origins["listen"] === "default";
  return {
    values: { ...(listens && { port: 443 }), ...(redirects && { tls: { ...tls, redirect: ["80"] } }) },
    origins: { ...(listens && { port: withAcme }), ...(redirects && { "tls.redirect": withAcme }) },
  };
}

/** Of the folder that holds the releases, where the entry's own is only a link to one of them. */
function folderName(folder: string): string {
  const isLink = lstatSync(folder, { throwIfNoEntry: false })?.isSymbolicLink();
  return basename(isLink ? dirname(folder) : folder);
}

/** There the traffic goes on for a moment after TERM: the rest of the cluster learns of it last. Milliseconds. */
const KUBERNETES_LAMEDUCK = 5_000;

function nameSource({ app }: Sources, named: string | null): string {
  if (app !== undefined) return "apps";
  return named === null ? "the entry's folder" : "package.json";
}

/** A default that was worked out also says from what. */
function computedOrigins(
  { chosen, origins }: Choice,
  app: FoundEntry,
  nameSource: string,
  cpus: string,
): Record<string, Origin> {
  const computed: Record<string, Origin> = {};
  if (chosen.entry === null) computed["entry"] = "default, found";
  if (chosen.name === null) computed["name"] = `default, from ${nameSource}`;
  if (chosen.workers === "auto") computed["workers"] = `${origins.workers}, ${cpus}`;
  if (origins.nodeOptions === "default" && app.nodeOptions.length > 0)
    computed["nodeOptions"] = "default, from the start script";
  if (origins.args === "default" && app.args.length > 0) computed["args"] = "default, from the start script";
  return computed;
}

function checkPath(key: string, what: "file" | "folder", path: string, origin: Origin): void {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (what === "folder" ? stats?.isDirectory() : stats?.isFile()) return;
  const got = stats === undefined ? "nothing there" : `a ${stats.isDirectory() ? "folder" : "file"}`;
  const code = origin.startsWith("flag") ? "USAGE" : "CONFIG_INVALID";
  throw new AppError(code, `${origin}, ${key}: expected a ${what} at ${path}, got ${got}`, "Check the path.");
}
