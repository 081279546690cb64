import { basename, extname } from "node:path";
import { splitWords } from "../config/split-words.ts";
import { readStartScript } from "../config/start-script.ts";
import { textOf, type Pm2App } from "./pm2-app.ts";
import type { Remark } from "./remark.ts";

/** What the rules need to know of the app's own folder. */
export interface Look {
  /** The beginning of a file there; null: no such file. */
  head(file: string): string | null;
  /** A script of the package.json there. */
  script(name: string): string | undefined;
}

export interface Run {
  /** Null: Drover cannot run it. */
  readonly entry: string | null;
  readonly args: readonly string[];
  readonly nodeOptions: readonly string[];
  readonly remarks: readonly Remark[];
}

/** The JavaScript file behind `script`, `args`, `interpreter` and `interpreter_args`. */
export function readRun(app: Pm2App, look: Look): Run {
  const script = textOf(app, "script");
  const args = toWords(app["args"]);
  const interpreter = readInterpreter(textOf(app, "interpreter"));
  if (interpreter === null) return unfit("interpreter", notNode(textOf(app, "interpreter")));
  const found = readScript(script, args, look);
  if (found === null) return unfit("script", whyNot(script, args, look));
  const { nodeOptions, refused } = allowedOptions([...toWords(app["interpreter_args"]), ...found.nodeOptions], app);
  const missing = look.head(found.entry) === null && !found.fromPackage;
  const remarks = [
    ...interpreter,
    ...refused,
    ...(missing ? [{ key: "script", text: `${found.entry} is not there: is the app built?` }] : []),
  ];
  return { entry: found.entry, args: found.args, nodeOptions, remarks };
}

function unfit(key: string, text: string): Run {
  return { entry: null, args: [], nodeOptions: [], remarks: [{ key, text }] };
}

function toWords(value: unknown): readonly string[] {
  if (typeof value !== "string") return Array.isArray(value) ? value.map(String) : [];
  return splitWords(value) ?? value.trim().split(/\s+/);
}

/** Null: something that is not Node. */
function readInterpreter(value: string): readonly Remark[] | null {
  if (value === "") return [];
  const name = basename(value);
  // The app's own tsx is found where the app needs it; "none" leaves the choice to the file's first line.
  if (["node", "nodejs", "tsx", "ts-node", "none"].includes(name) && name === value) return [];
  if (!/^node(js|@.*)?$/.test(name)) return null;
  return [
    { key: "interpreter", text: "workers run with the Node that runs Drover: start that with the Node you want" },
  ];
}

function notNode(interpreter: string): string {
  return `Drover runs apps on Node, not on ${basename(interpreter)}: let systemd or a container run this one`;
}

interface Script {
  readonly entry: string;
  readonly args: readonly string[];
  readonly nodeOptions: readonly string[];
  readonly fromPackage: boolean;
}

function readScript(script: string, args: readonly string[], look: Look): Script | null {
  const head = look.head(script);
  if (head === null && script.includes(" ")) return readCommand(script, args, look);
  const named = packageScript([script, ...args]);
  if (named !== null) return fromPackage(named, look);
  return isJavaScript(script, head) ? { entry: script, args, nodeOptions: [], fromPackage: false } : null;
}

/** pm2 hands a script with blanks to a shell. */
function readCommand(command: string, args: readonly string[], look: Look): Script | null {
  const named = packageScript([...(splitWords(command) ?? []), ...args]);
  if (named !== null) return fromPackage(named, look);
  return ofNode(command, args, false);
}

function ofNode(command: string | undefined, more: readonly string[], fromPackage: boolean): Script | null {
  const read = readStartScript(command);
  return read && { entry: read.file, args: [...read.args, ...more], nodeOptions: read.nodeOptions, fromPackage };
}

interface PackageScript {
  readonly runner: string;
  readonly name: string;
  readonly args: readonly string[];
}

/** `npm start`, `npm run serve -- --fast`, `yarn serve`. */
function packageScript([runner = "", ...words]: readonly string[]): PackageScript | null {
  if (!/^(npm|yarn|pnpm)(\.cmd)?$/.test(basename(runner))) return null;
  const [first = "start", ...rest] = words.filter((word) => word !== "--" && word !== "--silent" && word !== "-s");
  const [name = "start", ...args] = /^run(-script)?$/.test(first) ? rest : [first, ...rest];
  return { runner: basename(runner), name, args };
}

function fromPackage({ name, args }: PackageScript, look: Look): Script | null {
  return ofNode(look.script(name), args, true);
}

function isJavaScript(script: string, head: string | null): boolean {
  if (/^\.[cm]?[jt]s$/.test(extname(script))) return true;
  // Like pm2, which runs with Node whatever is no binary and names no other interpreter.
  if (head === null || head.includes("\0") || extname(script) !== "") return false;
  return !head.startsWith("#!") || /^#!.*\bnode\b/.test(head);
}

function whyNot(script: string, args: readonly string[], look: Look): string {
  const named = packageScript([...(splitWords(script) ?? []), ...args]);
  const rest = "name the JavaScript file it runs in the end, such as node_modules/next/dist/bin/next";
  if (named === null) return `${script} is no JavaScript file: ${rest}, or let systemd or a container run it`;
  const text = look.script(named.name);
  const which = `${named.runner} script "${named.name}"`;
  return text === undefined ? `package.json has no ${which}` : `the ${which} is "${text}": ${rest}`;
}

/** Several workers would fight over the inspector's port. */
function allowedOptions(
  options: readonly string[],
  app: Pm2App,
): { readonly nodeOptions: readonly string[]; readonly refused: readonly Remark[] } {
  const alone = app["instances"] === undefined || Number(app["instances"]) === 1;
  const refused = alone ? [] : options.filter((option) => option.startsWith("--inspect"));
  const text = `left out ${refused.join(" ")}: workers cannot share an inspector's port`;
  return {
    nodeOptions: options.filter((option) => !refused.includes(option)),
    refused: refused.length === 0 ? [] : [{ key: "interpreter_args", text }],
  };
}
