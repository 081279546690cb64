import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { type Fault, readStoreAddress, STORE_EXPECTED, withoutAccount } from "../protocol/store-address.ts";
import { kind, readText, type Kind, type Parsed } from "./kinds.ts";
import { nearest } from "./nearest.ts";
import { showValue, Withheld } from "./show.ts";

/** A path of sqlite's that is relative. The address itself, as workers get it, has none. */
const RELATIVE = /^sqlite:(?!\/)/i;
const IN_MEMORY = /^(memory:|sqlite::memory:)/i;

/** The address of a store, kept as text. A password in it is in no message and no output, only in the value. */
export function storeAddress(): Kind<string> {
  const schema = { type: "string", pattern: "^(sqlite|rediss?|valkeys?|unix):" };
  return {
    ...kind(STORE_EXPECTED, schema, addressIn, { rebase, show: withoutAccount }),
    parse(value): Parsed<string> {
      const { address, fault } = accept(value);
      if (address !== undefined) return { ok: true, value: address };
      const expected = fault === "" ? STORE_EXPECTED : `${STORE_EXPECTED} (${fault})`;
      return { ok: false, expected, got: typeof value === "string" ? new Withheld(showValue(harmless(value))) : value };
    },
  };
}

function addressIn(value: unknown): string | undefined {
  return accept(value).address;
}

interface Accepted {
  readonly address?: string | undefined;
  readonly fault: Fault;
}

/** As URLs are written, so that what is shown of it has no more in it than what was parsed. */
function accept(value: unknown): Accepted {
  const written = readText(value)?.trim() ?? "";
  if (IN_MEMORY.test(written)) return { fault: "the workers would not share one in memory" };
  const isRelative = RELATIVE.test(written);
  const read = readStoreAddress(isRelative ? written.replace(RELATIVE, "sqlite:/") : written);
  if (typeof read === "string") return { fault: read || meant(written) };
  return { address: isRelative ? written : URL.parse(written)?.href, fault: "" };
}

function meant(written: string): Fault {
  const word = nearest(written, WORDS);
  return word === undefined ? "" : `did you mean ${word}?`;
}

/** The option's own: a slip in it is no address either. */
const WORDS = ["embedded"];

function rebase(address: string, folder: string): string {
  if (!RELATIVE.test(address)) return address;
  const [path = "", query] = address.replace(RELATIVE, "").split("?", 2);
  const { pathname } = pathToFileURL(resolve(folder, decodeURIComponent(path)));
  return `sqlite:${pathname}${query === undefined ? "" : `?${query}`}`;
}

/** What may be repeated of a text that is no address. Nobody can say where a password is in what cannot be parsed. */
function harmless(written: string): string {
  const scheme = /^[a-z]+:(?=\/\/)/i.exec(written.trim())?.[0] ?? "";
  if (written.includes("@") || !HARMLESS.test(written.trim())) return `${scheme}…`;
  return written.replace(/\?.*/s, "?…");
}

/** A path, a word, a host with its port. */
const HARMLESS = /^(((sqlite|unix|memory|file):)?[^:]*|[\w.-]+:\d+)$/i;
