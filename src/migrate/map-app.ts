import { isAbsolute, join, relative, resolve } from "node:path";
import type { Option } from "../config/option.ts";
import { isOptionKey, OPTIONS } from "../config/options.ts";
import { showValue } from "../config/show.ts";
import { textOf, type Pm2App } from "./pm2-app.ts";
import type { Remark } from "./remark.ts";
import { RULES } from "./rules.ts";
import { readRun, type Look } from "./run.ts";
import { isEnvironment, readVariables, shieldOptions } from "./variables.ts";
import { readWorkers } from "./workers.ts";

/** What surrounds a pm2 file. */
export interface World {
  /** The folder of the file, where the paths of an app without a `cwd` start. */
  readonly folder: string;
  readonly home: string;
  /** The environment that is asked for: `production` takes `env_production`. */
  readonly environment?: string;
  readonly isInherited: (name: string, value: string) => boolean;
  readonly look: (folder: string) => Look;
}

export interface MappedApp {
  readonly name: string;
  /** By dotted key; null when Drover cannot run the app. */
  readonly options: ReadonlyMap<string, unknown> | null;
  readonly remarks: readonly Remark[];
}

/** Keys that other rules than those of the table read. */
const READ_ELSEWHERE = new Set(["script", "args", "interpreter", "interpreter_args", "env"]);
const PATHS = ["entry", "envFile", "log.file"];

/** What one app of pm2 is in Drover. All values are of their option's kind, so that the result is a valid configuration. */
export function mapApp(app: Pm2App, world: World): MappedApp {
  const cwd = homeward(textOf(app, "cwd"), world.home);
  const folder = resolve(world.folder, cwd);
  const run = readRun(app, world.look(folder));
  const name = textOf(app, "name") || nameOf(textOf(app, "script"));
  if (run.entry === null) return { name, options: null, remarks: run.remarks };

  const found = new Found();
  found.take("name", name);
  found.take("entry", run.entry);
  if (cwd !== "") found.take("cwd", written(world.folder, cwd, world.folder));
  if (run.args.length > 0) found.take("args", run.args);
  if (run.nodeOptions.length > 0) found.take("nodeOptions", run.nodeOptions);
  found.note(run.remarks);
  const { workers, remarks } = readWorkers(app);
  found.take("workers", workers, "instances");
  found.note(remarks);
  for (const [key, value] of Object.entries(app)) applyRule(key, value, app, found);
  takeVariables(app, world, found);
  for (const key of PATHS)
    found.change(key, (path) => written(folder, homeward(String(path), world.home), world.folder));
  return { name, options: found.options, remarks: found.remarks };
}

/** What is found about one app, while it is being read. */
class Found {
  readonly options = new Map<string, unknown>();
  readonly remarks: Remark[] = [];

  note(remarks: readonly Remark[]): void {
    this.remarks.push(...remarks);
  }

  /** Takes a value that its option can have; answers whether it could. `source`: the key of pm2. */
  take(key: string, value: unknown, source = key): boolean {
    if (!isOptionKey(key)) throw new Error(`a rule names ${key}, which is no option`);
    const { kind } = OPTIONS[key] as Option<unknown>;
    const parsed = kind.parse(value);
    if (parsed.ok) this.options.set(key, key.startsWith("timeouts.") ? kind.show(parsed.value) : value);
    else this.remarks.push({ key: source, text: `left out: expected ${parsed.expected}, got ${showValue(value)}` });
    return parsed.ok;
  }

  change(key: string, to: (value: unknown) => unknown): void {
    if (this.options.has(key)) this.options.set(key, to(this.options.get(key)));
  }
}

function applyRule(key: string, value: unknown, app: Pm2App, found: Found): void {
  if (READ_ELSEWHERE.has(key) || isEnvironment(key) || key === "name" || key === "cwd") return;
  const rule = Object.hasOwn(RULES, key) ? RULES[key] : undefined;
  if (rule === undefined) return found.note([{ key, text: "is no key that pm2 documents: left out" }]);
  const { options = {}, remark } = rule(value, app);
  const taken = Object.entries(options).every(([option, one]) => found.take(option, one, key));
  if (remark !== undefined && taken) found.note([{ key, text: remark }]);
}

function takeVariables(app: Pm2App, world: World, found: Found): void {
  const { env, port, remarks } = readVariables(app, world.environment, world.isInherited);
  found.note(remarks);
  if (port !== null) found.take(typeof port === "number" ? "port" : "listen", port);
  for (const { key, value, remark } of shieldOptions(env)) {
    if (found.options.has(key)) continue;
    found.take(key, value);
    found.note([remark]);
  }
  if (Object.keys(env).length > 0) found.take("env", env);
}

/** Like pm2: the file's name without its extension. */
function nameOf(script: string): string {
  const base = script.split("/").at(-1) ?? script;
  return base.lastIndexOf(".") > 0 ? base.slice(0, base.lastIndexOf(".")) : base;
}

function homeward(path: string, home: string): string {
  return path.startsWith("~") ? join(home, path.slice(1)) : path;
}

/** A path relative to `from`, as it is written in a file in `folder`: short inside of it, absolute when it was so and lies outside. */
function written(from: string, path: string, folder: string): string {
  const inside = relative(folder, resolve(from, path));
  if (inside === "") return ".";
  if (!inside.startsWith("..")) return `./${inside}`;
  return isAbsolute(path) ? path : inside;
}
