import { readFileSync, writeFileSync } from "node:fs";
import { GROUPS, showDefault, type Group, type Option, type OptionKey } from "../src/config/option.ts";
import { optionRows } from "../src/config/options.ts";

const FILE = new URL("../docs/options.md", import.meta.url);

const INTRO = `# Options

<!-- Written by tools/render-options.ts from src/config/options.ts: change it there. -->

Every option can be set by a flag, by an environment variable and in a [config file](config.md); where several do, the flag wins over
the variable and the variable over the file. \`drover config print\` shows each value and where it comes from.
`;

const OUTRO = `
## How values are written

- **Times**: text with a unit, such as \`30s\`, \`500ms\`, \`2m\` or \`1h\`. In a file also a number of milliseconds; text without a unit is
  refused, so that nobody's 30 seconds become 30 milliseconds.
- **Sizes**: text with a unit, such as \`512MB\` or \`300MiB\`. In a file also a number of bytes.
- **Addresses** (\`listen\`): \`3000\`, \`127.0.0.1:3000\`, \`[::1]:3000\`, \`localhost:3000\` or \`unix:/run/web.sock\`. The flag may be repeated, the
  variable holds several with commas between them, a file an array. \`false\` (\`--no-listen\`): the app serves nothing.
- **Paths**: relative to the file in a config file, and to the folder Drover was started in elsewhere.
- **True or false**: in variables \`true\`, \`false\`, \`1\` or \`0\`.
- **Several words** (\`args\`, \`nodeOptions\`): an array, or text split at blanks, where quotes keep blanks together.
- **Stores**: \`embedded\`, \`sqlite:FILE\`, \`redis://\`, \`rediss://\`, \`valkey://\`, \`valkeys://\` or \`unix:SOCKET\`: see [state.md](state.md). Passwords are never shown. \`REDIS_URL\`
  counts only where nothing else names a store, and not at all when it is none of these.
- **Workers**: a whole number, or \`auto\`: the CPUs this process may use, by its cgroup's quota (rounded up) and its affinity.
- **Log levels**: the words of other loggers are understood too, such as \`trace\`, \`verbose\` and \`fatal\`.

An empty environment variable counts as not set.
`;

/** The whole of docs/options.md. */
export function renderOptions(): string {
  return INTRO + GROUPS.map(section).join("") + OUTRO;
}

function section(group: Group): string {
  const rows = optionRows().filter(([, option]) => option.group === group);
  return `\n## ${group}\n\n| in a file | flag | variable | default | what it is |\n|---|---|---|---|---|\n${rows.map(row).join("")}`;
}

function row([key, option]: readonly [OptionKey, Option<unknown>]): string {
  const { flag, off, env, foreignEnv, help } = option;
  const flags = [flag, off?.flag].filter((written) => typeof written === "string").map(code);
  const cells = [
    code(key),
    flags.join("<br>"),
    [env, foreignEnv].flatMap((name) => (name ? code(name) : [])).join("<br>"),
    defaultOf(option),
    help,
  ];
  return `| ${cells.join(" | ")} |\n`;
}

function defaultOf(option: Option<unknown>): string {
  const shown = showDefault(option);
  return option.computed === undefined && shown !== "none" ? code(shown) : shown;
}

function code(text: string): string {
  return `\`${text}\``;
}

/** Whether docs/options.md says what the table says. */
export function isUpToDate(): boolean {
  return readFileSync(FILE, "utf8") === renderOptions();
}

if (import.meta.main) writeFileSync(FILE, renderOptions());
