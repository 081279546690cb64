import { isIPv6 } from "node:net";
import { resolve } from "node:path";
import { LONGEST_TIMER, parseDuration } from "../protocol/duration.ts";
import { parseSize, showSize, SIZE } from "../protocol/size.ts";
import { parseAddress } from "./address.ts";
import { choice, kind, readScalar, readText, text, wholeNumber, type JsonSchema, type Kind } from "./kinds.ts";
import { splitWords } from "./split-words.ts";

export const port = wholeNumber("a port", 0, 65_535);
export const level = aliased(choice(["debug", "info", "warn", "error", "silent"]), {
  fatal: "error",
  http: "info",
  none: "silent",
  off: "silent",
  silly: "debug",
  trace: "debug",
  verbose: "debug",
  warning: "warn",
});

/** Text needs its unit: `--drain-timeout 30` would otherwise be read as 30 ms by us and meant as 30 s by its writer. */
export function duration(min: number): Kind<number> {
  const expected = `a time with its unit, such as "30s", "500ms" or "2m"${min > 0 ? ", above zero" : ""}`;
  const schema = {
    anyOf: [
      { type: "integer", minimum: min },
      { type: "string", pattern: "^[0-9]+([.][0-9]+)?(ms|s|m|h|d)$|^0$" },
    ],
  };
  const read = (value: unknown) => {
    const milliseconds = typeof value === "string" ? parseDuration(value.trim()) : value;
    if (typeof milliseconds !== "number" || !Number.isInteger(milliseconds)) return undefined;
    return milliseconds >= min && milliseconds <= LONGEST_TIMER ? milliseconds : undefined;
  };
  return kind(expected, schema, read, { show: (value) => (value % 1000 === 0 ? `${value / 1000}s` : `${value}ms`) });
}

/** Bytes. Text needs its unit, as with times. */
export function size(min: number): Kind<number> {
  const expected = `a size with its unit, such as "10MB" or "512KiB"${min > 0 ? ", above zero" : ""}`;
  const schema = {
    anyOf: [
      { type: "integer", minimum: min },
      { type: "string", pattern: SIZE.source },
    ],
  };
  return kind(expected, schema, (value) => readSize(value, min), { show: showSize });
}

function readSize(value: unknown, min: number): number | undefined {
  const bytes = typeof value === "string" ? parseSize(value.trim()) : value;
  return typeof bytes === "number" && Number.isSafeInteger(bytes) && bytes >= min ? bytes : undefined;
}

/** The path of a request, with its query. */
export function urlPath(): Kind<string> {
  return kind('a path that begins with "/"', { type: "string", pattern: "^/" }, (value) => {
    const written = readText(value);
    return written?.startsWith("/") && !/\s/.test(written) ? written : undefined;
  });
}

/** Octal digits, as text: YAML and JSON read 0660 as other numbers. */
export function fileMode(): Kind<string> {
  return kind('permissions as text, such as "0660"', { type: "string", pattern: MODE.source }, (value) => {
    return typeof value === "string" && MODE.test(value.trim()) ? value.trim() : undefined;
  });
}

const MODE = /^0?[0-7]{3}$/;

export function path(what: string): Kind<string> {
  return { ...text(`the path of ${what}`), rebase: (value, folder) => resolve(folder, value) };
}

/** Takes `[::1]` without its brackets, and refuses an address with a port, which would later fail as an unknown name. */
export function host(): Kind<string> {
  return kind("a host name or IP address without a port", { type: "string", minLength: 1 }, (value) => {
    const bare = readText(value)?.replace(/^\[(.+)\]$/, "$1");
    if (bare === undefined || /[\s/]/.test(bare)) return undefined;
    return bare.includes(":") && !isIPv6(bare) ? undefined : bare;
  });
}

/** A user or group: a name, or a number as text. */
export function account(): Kind<string> {
  return kind("a name or a number", { type: ["string", "integer"] }, (value) => readText(readScalar(value)));
}

/** Several words: an array, or one text split at blanks, where quotes keep blanks together. */
export function words(what: string): Kind<readonly string[]> {
  const schema = { anyOf: [{ type: "array", items: { type: "string" } }, { type: "string" }] };
  return kind(`${what} as an array or as text with balanced quotes`, schema, readWords, { show: showList });
}

function readWords(value: unknown): readonly string[] | undefined {
  if (typeof value === "string") return splitWords(value);
  return Array.isArray(value) ? all(value.map(readScalar)) : undefined;
}

function showList(items: readonly string[]): string {
  return items.length === 0 ? "none" : items.join(" ");
}

export function variables(): Kind<Readonly<Record<string, string>>> {
  const schema = { type: "object", additionalProperties: { type: ["string", "number", "boolean"] } };
  // Only the names: the values are often secrets.
  return kind("an object of names and texts", schema, readVariables, { show: (value) => showList(Object.keys(value)) });
}

function readVariables(value: unknown): Readonly<Record<string, string>> | undefined {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
  const texts = all(Object.values(value).map(readScalar));
  return texts && Object.fromEntries(Object.keys(value).map((name, index) => [name, texts[index] ?? ""]));
}

/** A list of addresses, kept as written but for relative unix paths. `false`: none at all. */
export function addresses(): Kind<readonly string[] | false> {
  const item: JsonSchema = { type: ["string", "integer"] };
  return {
    schema: { anyOf: [{ type: "array", items: item }, item, { const: false }] },
    parse(value) {
      if (value === false || value === "false") return { ok: true, value: false };
      const items = typeof value === "string" ? value.split(",") : [value].flat();
      const texts = items.map((given) => readScalar(given)?.trim() ?? "");
      const bad = texts.findIndex((address) => parseAddress(address) === null);
      if (bad === -1) return { ok: true, value: texts };
      return {
        ok: false,
        expected: "an address such as 3000, 127.0.0.1:3000, [::1]:3000 or unix:/run/web.sock",
        got: items[bad],
      };
    },
    rebase: (value, folder) => value && value.map((address) => rebaseAddress(address, folder)),
    show: (value) => (value === false ? "false" : showList(value)),
  };
}

/** One address, kept as written. */
export function address(): Kind<string> {
  return kind(
    "an address such as 9000, 127.0.0.1:9000 or unix:/run/admin.sock",
    { type: ["string", "integer"] },
    (value) => {
      const written = readScalar(value)?.trim();
      return written !== undefined && parseAddress(written) !== null ? written : undefined;
    },
    { rebase: rebaseAddress },
  );
}

function rebaseAddress(address: string, folder: string): string {
  return address.startsWith("unix:") ? `unix:${resolve(folder, address.slice("unix:".length))}` : address;
}

/** Words of other loggers for our levels: `LOG_LEVEL` is often set for the app, and its words must not keep Drover from starting. */
function aliased<T extends string>(inner: Kind<T>, aliases: Readonly<Record<string, T>>): Kind<T> {
  return {
    ...inner,
    parse(value) {
      const word = typeof value === "string" ? value.toLowerCase() : value;
      return inner.parse(typeof word === "string" && Object.hasOwn(aliases, word) ? aliases[word] : word);
    },
  };
}

function all<T>(values: readonly (T | undefined)[]): readonly T[] | undefined {
  return values.some((value) => value === undefined) ? undefined : (values as readonly T[]);
}
