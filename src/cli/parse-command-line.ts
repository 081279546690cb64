import { Command, CommanderError, Option } from "commander";
import type { Option as OptionRow, OptionKey } from "../config/option.ts";
import { optionRows } from "../config/options.ts";
import { AppError, EXIT, type ExitCode } from "../errors.ts";
import { foreignFlagHint } from "./foreign-flags.ts";
import { commandHelp } from "./help.ts";
import type { Io } from "./io.ts";
import { refuseFlagAsValue } from "./refuse-flag-as-value.ts";
import { NAME, namesAnApp, VERBS, type Request, type Verb } from "./verbs.ts";

export type CommandLine =
  | { readonly verb: Verb; readonly request: Request }
  | { readonly help: string; readonly stream: NodeJS.WritableStream; readonly exitCode: ExitCode };

/** Throws USAGE for what no verb understands. What follows `--` is the app's and is not looked at. */
export function parseCommandLine(argv: readonly string[], io: Io): CommandLine {
  const cut = argv.indexOf("--");
  const own = cut === -1 ? argv : argv.slice(0, cut);
  const args = cut === -1 ? undefined : argv.slice(cut + 1);
  const asVerb = own[0] === "--version" || own[0] === "-v" ? ["version", ...own.slice(1)] : own;
  let answer: CommandLine | undefined;
  let help = "";
  const program = createProgram(
    firstWord(asVerb),
    io,
    (text) => {
      help += text;
    },
    (verb, command) => {
      refuseFlagAsValue(asVerb, command.options);
      answer = { verb, request: toRequest(verb, command, args, io) };
    },
  );
  try {
    program.parse(asVerb, { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (!error.code.startsWith("commander.help")) throw lateVerb(program, asVerb) ?? usageError(error, asVerb);
    // A help that was asked for is an answer; one shown for want of a verb is not.
    return error.exitCode === 0
      ? { help, stream: io.stdout, exitCode: EXIT.ok }
      : { help, stream: io.stderr, exitCode: EXIT.usage };
  }
  const late = lateVerb(program, asVerb);
  if (late !== null) throw late;
  if (answer === undefined) throw new Error("commander ran no verb and threw nothing");
  return answer;
}

/** The first word of the verb that is asked for; any other word is for `start`. */
function firstWord([first = ""]: readonly string[]): string {
  return VERBS.some(({ words }) => words.split(" ")[0] === first) ? first : "start";
}

/** Knows all verbs by name; options and operands only of those that begin with `asked`, since all of them would take 8 ms. */
function createProgram(
  asked: string,
  io: Io,
  write: (text: string) => void,
  answer: (verb: Verb, command: Command) => void,
): Command {
  const program = new Command("drover")
    .exitOverride()
    .configureOutput({ writeOut: write, writeErr: write, outputError: () => undefined })
    .configureHelp({ formatHelp: (command) => commandHelp(pathOf(command), io) });
  const groups = new Map<string, Command>();
  for (const verb of VERBS) {
    const [first = "", second] = verb.words.split(" ");
    const group = groups.get(first) ?? program.command(first, { isDefault: first === "start" });
    groups.set(first, group);
    const command = second === undefined ? group : group.command(second);
    if (first === asked) addVerb(command, verb, answer);
  }
  return program;
}

function addVerb(command: Command, verb: Verb, answer: (verb: Verb, command: Command) => void): void {
  if (verb.takesApp) {
    command.argument("[entry...]");
    for (const option of appOptions()) command.addOption(option);
  }
  for (const operand of verb.operands ?? []) command.argument(operand);
  if (namesAnApp(verb)) command.option("--name <name>");
  for (const [flag] of verb.flags ?? []) command.option(flag);
  if (verb.takesJson) command.option("--json");
  command.action(() => answer(verb, command));
}

function appOptions(): readonly Option[] {
  const options = optionRows().flatMap(([, row]) => {
    const built = flagsOf(row).map((flag) => new Option(flag));
    if (row.repeatable === true) built[0]?.argParser(collect);
    return built;
  });
  return [new Option("-c, --config <file>"), ...options];
}

function flagsOf({ flag, off }: OptionRow<unknown>): readonly string[] {
  return [flag, off?.flag].filter((written) => typeof written === "string");
}

function collect(value: string, before: unknown): readonly unknown[] {
  return Array.isArray(before) ? [...before, value] : [value];
}

function toRequest(verb: Verb, command: Command, args: readonly string[] | undefined, io: Io): Request {
  const values = command.opts<Readonly<Record<string, unknown>>>();
  const [entry] = verb.takesApp && command.args.length === 1 ? command.args : [];
  const configFile = values["config"] as string | undefined;
  const { name, words } = operandsOf(verb, command);
  const sources = {
    flags: { ...optionsGiven(command), ...(name !== undefined && { name }) },
    env: io.env,
    cwd: io.cwd,
    ...(entry !== undefined && { entry }),
    ...(args !== undefined && { args }),
    ...(configFile !== undefined && { configFile }),
  };
  const flags = (verb.flags ?? []).map(([flag]) => new Option(flag).attributeName());
  const own = Object.fromEntries(flags.flatMap((flag) => (flag in values ? [[flag, values[flag]]] : [])));
  return { sources, json: values["json"] === true, operands: words, own };
}

function optionsGiven(command: Command): Partial<Record<OptionKey, unknown>> {
  const values = command.opts<Readonly<Record<string, unknown>>>();
  const flags: Partial<Record<OptionKey, unknown>> = {};
  for (const [key, row] of optionRows()) {
    const [flag] = flagsOf(row);
    const name = flag === undefined ? "" : new Option(flag).attributeName();
    // Commander gives the options with a `--no-` form a value of its own when they are not set.
    if (command.getOptionValueSource(name) === "cli") flags[key] = values[name];
  }
  return flags;
}

/** The app's name may be given as a word or as a flag. */
function operandsOf(
  { operands = [], takesApp }: Verb,
  command: Command,
): { readonly name?: string; readonly words: readonly string[] } {
  if (takesApp) return { words: command.args };
  const at = operands.indexOf(NAME);
  const name = at === -1 ? undefined : command.args[at];
  const isList = operands.at(-1)?.endsWith("...]") === true;
  const words = command.args.filter((_, index) => (isList || index < operands.length) && index !== at);
  if (name === undefined) return { words };
  const { name: flag = name } = command.opts<{ readonly name?: string }>();
  if (flag === name) return { name, words };
  throw new AppError("USAGE", `expected one name, got "${name}" and --name ${flag}`, "Leave one of them out.");
}

/** `["config", "print"]` for `drover config print`. */
function pathOf(command: Command): readonly string[] {
  return command.parent === null ? [] : [...pathOf(command.parent), command.name()];
}

/** A verb is only one in the first place: behind an option it would be taken for the entry. Null: there is none. */
function lateVerb(program: Command, argv: readonly string[]): AppError | null {
  if (argv[0]?.startsWith("-") !== true) return null;
  const taken = program.commands.find((command) => command.name() === "start")?.args.slice(0, 2) ?? [];
  const [first = ""] = taken;
  if (!program.commands.some((command) => command.name() === first)) return null;
  const words = VERBS.some((verb) => verb.words === taken.join(" ")) ? taken.join(" ") : first;
  const hint = `Put the verb first: drover ${words} [options]. A file or folder of that name is written ./${first}.`;
  return new AppError("USAGE", `expected the verb before all options, got "${words}" behind one`, hint);
}

/** Commander's message is a sentence and, in brackets on a second line, a suggestion. */
function usageError(error: CommanderError, argv: readonly string[]): AppError {
  const [sentence = "", suggestion] = error.message.replace(/^error: /, "").split("\n");
  const unknown = /^unknown option '(.*)'$/.exec(sentence)?.[1] ?? "";
  const hint = foreignFlagHint(unknown) ?? suggestion?.replace(/^\((.*)\)$/, "$1") ?? whereToLook(argv);
  return new AppError("USAGE", sentence.replace(/\.$/, ""), hint);
}

function whereToLook([first = "", second = ""]: readonly string[]): string {
  const verb = VERBS.find(({ words }) => words === first || words === `${first} ${second}`)?.words;
  if (verb !== undefined && verb !== "start") return `\`drover ${verb} --help\` lists its options.`;
  const group = VERBS.flatMap(({ words }) => (words.startsWith(`${first} `) ? [words.slice(first.length + 1)] : []));
  if (group.length > 0) return `Verbs of ${first} are ${group.join(", ")}.`;
  return "`drover --help` lists verbs and options. Options and arguments of the app go after --.";
}
