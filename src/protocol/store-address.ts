import { parseSize } from "./size.ts";

/** Where a store is. One text says all of it, so that moving to Redis is changing one variable; workers get it as `DROVER_STORE`. */
export type StoreAddress =
  /** `memory:`, this process's own: what an app has that runs without Drover. */
  | { readonly engine: "memory" }
  /** `sqlite:/var/lib/shop/store.db?maxSize=512MB` */
  | { readonly engine: "sqlite"; readonly path: string; readonly maxSize: number }
  /**
   * `redis://user:password@host:6379/0?prefix=shop`, `rediss://` (TLS), `valkey://`, `valkeys://`, `unix:/run/redis.sock?db=0&user=ada&password=secret&prefix=shop`.
   * `url` is what a client understands (`redis:` or `rediss:`, without our parameters); with `socket` only its user, password and database count.
   */
  | { readonly engine: "redis"; readonly url: string; readonly socket: string | null; readonly prefix: string | null };

export type RedisAddress = Extract<StoreAddress, { engine: "redis" }>;

/** The environment variable, for the app's own process. */
export const STORE_ENV = "DROVER_STORE";
export const STANDARD_MAX_SIZE = 512_000_000;
/** Bytes. In less SQLite has no room to work. */
export const SMALLEST_MAX_SIZE = 1_000_000;

export const STORE_EXPECTED =
  "a store such as sqlite:/var/lib/shop/store.db, redis://host:6379/0, rediss://…, valkey://… or unix:/run/redis.sock";

/** What keeps a text from being an address, in words that repeat nothing that may be of a password; `""`: it is no address at all. */
export type Fault = string;

/** Null: {@link STORE_EXPECTED}. A path of sqlite's must be absolute. */
export function parseStoreAddress(written: string): StoreAddress | null {
  const read = readStoreAddress(written);
  return typeof read === "string" ? null : read;
}

/** As {@link parseStoreAddress}, and why it is none. */
export function readStoreAddress(written: string): StoreAddress | Fault {
  if (written === "memory:") return { engine: "memory" };
  const url = URL.parse(written);
  const read = READERS[/^[a-z]+:/i.exec(written.trim())?.[0].toLowerCase() ?? ""];
  if (read === undefined) return "";
  if (url === null || url.hash !== "") return /^unix:\/\/[^/]/i.test(written.trim()) ? UNIX_ACCOUNT : ENCODE;
  return read(url);
}

/** For people: without user and password. */
export function showStoreAddress(address: StoreAddress): string {
  switch (address.engine) {
    case "memory":
      return "memory:";
    case "sqlite":
      return `sqlite:${address.path}`;
    case "redis":
      return address.socket === null ? withoutAccount(address.url) : `unix:${address.socket}`;
  }
}

/** The same address for people, with its other parameters. */
export function withoutAccount(address: string): string {
  const url = URL.parse(address);
  if (url === null) return "";
  url.username = url.password = "";
  for (const name of ACCOUNT) if (url.searchParams.has(name)) url.searchParams.delete(name);
  return url.href;
}

const READERS: Readonly<Record<string, (url: URL) => StoreAddress | Fault>> = {
  "sqlite:": sqlite,
  "redis:": redis,
  "rediss:": redis,
  "valkey:": redis,
  "valkeys:": redis,
  "unix:": unix,
};

const ENCODE =
  "characters such as # / ? @ and % are written as in a URL: # as %23, / as %2F, ? as %3F, @ as %40, % as %25";
const UNIX_ACCOUNT = "unix: has no host; user and password are parameters: ?user=…&password=…";
const ACCOUNT = ["user", "password"] as const;

function sqlite(url: URL): StoreAddress | Fault {
  const path = decode(url.pathname);
  if (url.host !== "") return "sqlite: has a path and no host";
  if (path === null) return ENCODE;
  if (!path.startsWith("/") || path.endsWith("/")) return "sqlite: needs the path of a file";
  const maxSize = readMaxSize(url.searchParams.get("maxSize"));
  if (maxSize === null) return "its maxSize is a size of at least 1MB, such as 512MB";
  return wrongParameter(url, ["maxSize"]) ?? { engine: "sqlite", path, maxSize };
}

function redis(url: URL): StoreAddress | Fault {
  const { username, password, host, pathname } = url;
  if (url.hostname === "") return "it needs a host";
  if (decode(username) === null || decode(password) === null) return ENCODE;
  if (!/^\/?\d*$/.test(pathname)) return url.href.includes("@") ? ENCODE : "its database is a number";
  const tls = url.protocol === "rediss:" || url.protocol === "valkeys:";
  const account = username || password ? `${username}:${password}@` : "";
  const client = `${tls ? "rediss" : "redis"}://${account}${host}${pathname}`;
  return wrongParameter(url, ["prefix"]) ?? { engine: "redis", url: client, socket: null, prefix: prefixOf(url) };
}

function unix(url: URL): StoreAddress | Fault {
  const socket = decode(url.pathname);
  const [db, user, password] = ["db", ...ACCOUNT].map((name) => url.searchParams.get(name));
  if (url.host !== "") return UNIX_ACCOUNT;
  if (socket === null) return ENCODE;
  if (!socket.startsWith("/")) return "unix: needs an absolute path";
  if (!/^\d+$/.test(db ?? "0")) return "its database is a number";
  const wrong = wrongParameter(url, ["db", "prefix", ...ACCOUNT]);
  if (wrong !== null) return wrong;
  const account = user || password ? `${encodeURIComponent(user ?? "")}:${encodeURIComponent(password ?? "")}@` : "";
  return { engine: "redis", url: `redis://${account}localhost/${db ?? "0"}`, socket, prefix: prefixOf(url) };
}

function prefixOf(url: URL): string | null {
  return url.searchParams.get("prefix");
}

function wrongParameter({ search, searchParams }: URL, known: readonly string[]): Fault | null {
  const names = [...searchParams.keys()];
  const unknown = names.find((name) => !known.includes(name));
  const knows = `its parameters are ${known.join(", ")}`;
  // What looks like a name may be a piece of a password that was not encoded.
  const isHarmless = !search.includes("@") && ACCOUNT.every((name) => !known.includes(name) || !searchParams.has(name));
  if (unknown !== undefined) return isHarmless ? `${knows}, not ${unknown}` : knows;
  if (new Set(names).size < names.length) return "each parameter may be there once";
  return searchParams.get("prefix") === "" ? "its prefix must not be empty; without one it is the app's name" : null;
}

/** Bytes, also of a bare number; null: not a size, or too small. */
function readMaxSize(written: string | null): number | null {
  if (written === null) return STANDARD_MAX_SIZE;
  const bytes = /^\d+$/.test(written) ? Number(written) : parseSize(written);
  return bytes !== undefined && Number.isSafeInteger(bytes) && bytes >= SMALLEST_MAX_SIZE ? bytes : null;
}

function decode(path: string): string | null {
  try {
    return decodeURIComponent(path);
  } catch {
    return null;
  }
}
