import { AppError } from "../errors.ts";
import { CONTROL_VERSION, MOST_WORKERS, type Command } from "../protocol/control.ts";

type Fields = Readonly<Record<string, unknown>>;

/** How the fields of a request become a command; null: not the fields of that verb. */
const VERBS: Readonly<Record<Command["verb"], (fields: Fields) => Command | null>> = {
  status: () => ({ verb: "status" }),
  reload: () => ({ verb: "reload" }),
  restart: () => ({ verb: "restart" }),
  scale: ({ to, by }) => {
    if (isCount(to) && by === undefined) return { verb: "scale", to };
    if (isCount(by) && to === undefined) return { verb: "scale", by };
    return null;
  },
  stop: ({ now }) => (typeof now === "boolean" ? { verb: "stop", now } : null),
  drain: () => ({ verb: "drain" }),
  undrain: () => ({ verb: "undrain" }),
  reopen: () => ({ verb: "reopen" }),
  kill: ({ pid }) => (typeof pid === "number" ? { verb: "kill", pid } : null),
  certificates: () => ({ verb: "certificates" }),
  follow: () => ({ verb: "follow" }),
  upgrade: ({ program }) => (program === null || isProgram(program) ? { verb: "upgrade", program } : null),
  renew: ({ names }) => (isTexts(names) ? { verb: "renew", names } : null),
};

/**
 * A line of the control socket as the command it asks for.
 * @throws AppError CONTROL_PROTOCOL for anything else
 */
export function parseRequest(line: string): Command {
  const fields = parseObject(line);
  const { version, verb } = fields;
  if (version !== CONTROL_VERSION) {
    const message = `expected version ${CONTROL_VERSION} of the control protocol, which this app speaks, got ${show(version)}`;
    throw new AppError("CONTROL_PROTOCOL", message, "Use the drover that the app was started with.");
  }
  if (typeof verb !== "string" || !Object.hasOwn(VERBS, verb)) {
    const message = `expected a verb (${Object.keys(VERBS).join(", ")}), got ${show(verb)}`;
    throw new AppError("CONTROL_PROTOCOL", message, "An app that was started with an older Drover knows fewer verbs.");
  }
  const command = VERBS[verb as Command["verb"]](fields);
  if (command !== null) return command;
  throw new AppError("CONTROL_PROTOCOL", `expected the fields of ${verb}, got ${show(fields)}`, FIELDS[verb]);
}

const FIELDS: Readonly<Record<string, string>> = {
  scale: `scale has either "to" or "by", a whole number up to ${MOST_WORKERS}.`,
  stop: 'stop has "now", true or false.',
  kill: 'kill has "pid", that of a worker.',
  upgrade: 'upgrade has "program", null or {"node","cli"}, each an absolute path.',
  renew: 'renew has "names", a list of host names; an empty one is all.',
};

function isProgram(value: unknown): value is { readonly node: string; readonly cli: string } {
  const { node, cli } = (value ?? {}) as { node?: unknown; cli?: unknown };
  return [node, cli].every((path) => typeof path === "string" && path.startsWith("/"));
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((one) => typeof one === "string");
}

function isCount(value: unknown): value is number {
  return Number.isInteger(value) && Math.abs(value as number) <= MOST_WORKERS;
}

function parseObject(line: string): Fields {
  try {
    const parsed: unknown = JSON.parse(line);
    if (typeof parsed === "object" && parsed !== null) return parsed as Fields;
  } catch {
    // Said below.
  }
  const message = `expected a JSON object on one line, got ${show(line)}`;
  throw new AppError("CONTROL_PROTOCOL", message, `For example {"version":${CONTROL_VERSION},"verb":"status"}.`);
}

/** What was got may be anything, of any length. */
function show(value: unknown): string {
  const text = value === undefined ? "none" : JSON.stringify(value);
  return text.length > 80 ? `${text.slice(0, 80)}…` : text;
}
