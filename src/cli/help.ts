import { styleText } from "node:util";
import { GROUPS, showDefault, type Option } from "../config/option.ts";
import { optionRows } from "../config/options.ts";
import type { Io } from "./io.ts";
import { hangingLine } from "./table.ts";
import { namesAnApp, VERBS, type Verb } from "./verbs.ts";

type Line = readonly [left: string, right: string];
interface Section {
  readonly title: string;
  readonly lines: readonly Line[];
}

const EXAMPLES: Section = {
  title: "Examples",
  lines: [
    ["drover app.ts", "run it on every core, on port 3000"],
    ["drover app.ts -p 8080 -w 4", "on port 8080, with four workers"],
    ["drover", "find the app in this folder and run it"],
    ["drover app.ts -- --seed 7", "what follows -- goes to the app"],
    ["drover doctor", "check this machine before going live"],
  ],
};
const CONFIG_LINE: Line = ["-c, --config <file>", "config file (drover.config.* in this folder)"];
const DETACH_LINE: Line = ["-d, --detach", "run in the background; returns when ready, or failed"];
const HELP_LINE: Line = ["-h, --help", "show this"];
const JSON_LINE: Line = ["    --json", "answer with one JSON object"];
const NAME_LINE: Line = ["    --name <name>", "the app; the same as NAME"];
const WHICH_APP =
  "Without NAME: the app of this folder; in a folder without one, the only one that runs.\n" +
  "Running apps are found in DROVER_HOME (~/.drover), which belongs to one user: drover ls\n";

/** The help of `drover` (an empty path), of a group of verbs or of one verb. */
export function commandHelp(path: readonly string[], io: Io): string {
  const words = path.join(" ");
  const verb = VERBS.find((candidate) => candidate.words === words);
  if (words === "start")
    return render("drover [start] [ENTRY | APP …] [options] [-- arguments of the app]", startSections(), "", io);
  if (verb !== undefined) return verbHelp(verb, io);
  if (path.length === 0) return rootHelp(io);
  return render(`drover ${words} VERB`, [{ title: "Verbs", lines: verbLines(`${words} `) }], "", io);
}

function rootHelp(io: Io): string {
  const common = optionRows().flatMap(([, option]) => (option.common === true ? optionLines(option) : []));
  const sections = [
    EXAMPLES,
    {
      title: "Options",
      lines: [
        DETACH_LINE,
        ...common,
        CONFIG_LINE,
        HELP_LINE,
        ["-v, --version", "show the versions of Drover and Node"] as const,
      ],
    },
    { title: "Verbs", lines: verbLines("") },
  ];
  const intro = "Runs any Node web app on every core, from one shared port, and keeps it running.\n\n";
  return (
    intro +
    render(
      "drover [VERB] [ENTRY] [options] [-- arguments of the app]",
      sections,
      "All options, timeouts and logs included: drover start --help\nDrover's folder: DROVER_HOME (~/.drover)\n",
      io,
    )
  );
}

function startSections(): readonly Section[] {
  const groups = GROUPS.map((group) => {
    const lines = optionRows().flatMap(([, option]) => (option.group === group ? optionLines(option) : []));
    return { title: group, lines: group === "App" ? [DETACH_LINE, CONFIG_LINE, ...lines] : lines };
  });
  return [EXAMPLES, ...groups, { title: "Other", lines: [HELP_LINE] }];
}

function verbHelp(verb: Verb, io: Io): string {
  const own = (verb.flags ?? []).map(([flag, help]): Line => [inColumn(flag), help]);
  const named = namesAnApp(verb) ? [NAME_LINE] : [];
  const lines = [...own, ...named, ...(verb.takesJson ? [JSON_LINE] : []), HELP_LINE];
  const usage = `drover ${usageOf(verb)} [options]`;
  const tail = verb.takesApp
    ? "It takes the options of start too: drover start --help\n"
    : named.length > 0
      ? WHICH_APP
      : "";
  return `${verb.help.charAt(0).toUpperCase()}${verb.help.slice(1)}.\n\n${render(usage, [{ title: "Options", lines }], tail, io)}`;
}

function verbLines(prefix: string): readonly Line[] {
  return VERBS.filter(({ words }) => words.startsWith(prefix)).map((verb) => [usageOf(verb), verb.help]);
}

/** `scale COUNT [NAME]`. */
function usageOf({ words, takesApp, operands = takesApp ? ["[entry]"] : [] }: Verb): string {
  return [words, ...operands.map((operand) => operand.replaceAll(/[<>]/g, "").toUpperCase())].join(" ");
}

function optionLines(option: Option<unknown>): readonly Line[] {
  const { flag, off, help } = option;
  const value = showDefault(option);
  const shown = value === "none" || flag?.includes("<") !== true ? help : `${help} (${value})`;
  const lines: Line[] = flag === null ? [] : [[inColumn(flag), shown]];
  return off === undefined ? lines : [...lines, [inColumn(off.flag), off.help]];
}

/** A flag without a short form stands where the long forms do. */
function inColumn(flag: string): string {
  return flag.startsWith("--") ? `    ${flag}` : flag;
}

function render(usage: string, sections: readonly Section[], tail: string, io: Io): string {
  const title = (text: string) => styleText("bold", text, { stream: io.stdout });
  const width = Math.min(io.stdout.columns ?? 100, 100);
  const parts = sections.map(({ title: name, lines }) => {
    const indent = Math.min(36, Math.max(...lines.map(([left]) => left.length)) + 4);
    return `${title(name)}\n${lines.map(([left, right]) => hangingLine(`  ${left}`, indent, right, width)).join("")}`;
  });
  return [`${title("Usage")}\n  ${usage}\n`, ...parts, ...(tail === "" ? [] : [tail])].join("\n");
}
