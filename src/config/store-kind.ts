import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { parseStoreAddress, STORE_EXPECTED } from "../protocol/store-address.ts";
import { kind, readText, type Kind, type Parsed } from "./kinds.ts";

/** A path of sqlite's that is relative. The address itself, as workers get it, has none. */
const RELATIVE = /^sqlite:(?!\/)/i;
const IN_MEMORY = /^(memory:|sqlite::memory:)/i;

/** The address of a store, kept as text. A password in it is in no message and no output, only in the value. */
export function storeAddress(): Kind<string> {
  const schema = { type: "string", pattern: "^(sqlite|rediss?|valkeys?|unix):" };
  return {
    ...kind(STORE_EXPECTED, schema, read, { rebase, show: withoutAccount }),
    parse(value): Parsed<string> {
      const address = read(value);
      if (address !== undefined) return { ok: true, value: address };
      return { ok: false, expected: expected(value), got: typeof value === "string" ? harmless(value) : value };
    },
  };
}

/** As URLs are written, so that what is shown of it has no more in it than what was parsed. */
function read(value: unknown): string | undefined {
  const written = readText(value)?.trim() ?? "";
  if (IN_MEMORY.test(written)) return undefined;
  if (RELATIVE.test(written)) return parseStoreAddress(written.replace(RELATIVE, "sqlite:/")) ? written : undefined;
  return parseStoreAddress(written) ? URL.parse(written)?.href : undefined;
}

function expected(value: unknown): string {
  const why = " (the workers would not share one in memory)";
  return STORE_EXPECTED + (typeof value === "string" && IN_MEMORY.test(value.trim()) ? why : "");
}

function rebase(address: string, folder: string): string {
  if (!RELATIVE.test(address)) return address;
  const [path = "", query] = address.replace(RELATIVE, "").split("?", 2);
  const { pathname } = pathToFileURL(resolve(folder, decodeURIComponent(path)));
  return `sqlite:${pathname}${query === undefined ? "" : `?${query}`}`;
}

function withoutAccount(address: string): string {
  return address.replace(/\/\/[^/?#]*@/, "//");
}

/** What may be repeated of a text that is no address. Nobody can say where a password is in what cannot be parsed. */
function harmless(written: string): string {
  const scheme = /^[a-z]+:(?=\/\/)/i.exec(written.trim())?.[0] ?? "";
  if (written.includes("@") || !HARMLESS.test(written.trim())) return `${scheme}…`;
  return written.replace(/([?&][^=&]*)=[^&]*/g, "$1=…");
}

/** A path, a word, a host with its port. */
const HARMLESS = /^(((sqlite|unix|memory|file):)?[^:]*|[\w.-]+:\d+)$/i;
