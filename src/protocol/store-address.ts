/** Where a store is. One text says all of it, so that moving to Redis is changing one variable; workers get it as `DROVER_STORE`. */
export type StoreAddress =
  /** `memory:`, this process's own: what an app has that runs without Drover. */
  | { readonly engine: "memory" }
  /** `sqlite:/var/lib/shop/store.db?maxSize=512MB` */
  | { readonly engine: "sqlite"; readonly path: string; readonly maxSize: number }
  /**
   * `redis://user:password@host:6379/0?prefix=shop`, `rediss://` (TLS), `valkey://`, `valkeys://`, `unix:/run/redis.sock?db=0&prefix=shop`. `url` is what a client
   * understands (`redis:` or `rediss:`, without our parameters); with `socket` only its user, password and database count.
   */
  | { readonly engine: "redis"; readonly url: string; readonly socket: string | null; readonly prefix: string | null };

/** The environment variable, for the app's own process. */
export const STORE_ENV = "DROVER_STORE";
export const STANDARD_MAX_SIZE = 512_000_000;

export const STORE_EXPECTED =
  "a store such as sqlite:/var/lib/shop/store.db, redis://host:6379/0, rediss://…, valkey://… or unix:/run/redis.sock";

/** Null: {@link STORE_EXPECTED}. A path of sqlite's must be absolute. */
export function parseStoreAddress(written: string): StoreAddress | null {
  if (written === "memory:") return { engine: "memory" };
  const url = URL.parse(written);
  if (url === null || url.hash !== "") return null;
  switch (url.protocol) {
    case "sqlite:":
      return sqlite(url);
    case "redis:":
    case "rediss:":
    case "valkey:":
    case "valkeys:":
      return redis(url);
    case "unix:":
      return unix(url);
    default:
      return null;
  }
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

function sqlite(url: URL): StoreAddress | null {
  if (url.host !== "" || !onlyHas(url, ["maxSize"])) return null;
  const path = decode(url.pathname);
  const maxSize = readSize(url.searchParams.get("maxSize"));
  return path?.startsWith("/") && !path.endsWith("/") && maxSize !== null ? { engine: "sqlite", path, maxSize } : null;
}

function redis(url: URL): StoreAddress | null {
  if (url.hostname === "" || !/^\/?\d*$/.test(url.pathname) || !onlyHas(url, ["prefix"])) return null;
  const tls = url.protocol === "rediss:" || url.protocol === "valkeys:";
  const account = url.username || url.password ? `${url.username}:${url.password}@` : "";
  const client = `${tls ? "rediss" : "redis"}://${account}${url.host}${url.pathname}`;
  return { engine: "redis", url: client, socket: null, prefix: url.searchParams.get("prefix") };
}

function unix(url: URL): StoreAddress | null {
  const socket = decode(url.pathname);
  const db = url.searchParams.get("db") ?? "0";
  if (url.host !== "" || !socket?.startsWith("/") || !/^\d+$/.test(db) || !onlyHas(url, ["db", "prefix"])) return null;
  return { engine: "redis", url: `redis://localhost/${db}`, socket, prefix: url.searchParams.get("prefix") };
}

function onlyHas(url: URL, names: readonly string[]): boolean {
  return [...url.searchParams.keys()].every((name) => names.includes(name));
}

const UNITS = { "": 1, B: 1, KB: 1e3, MB: 1e6, GB: 1e9, KiB: 1024, MiB: 1024 ** 2, GiB: 1024 ** 3 } as const;

/** Bytes; null: not a size. */
function readSize(written: string | null): number | null {
  if (written === null) return STANDARD_MAX_SIZE;
  const match = /^(\d+)(B|KB|MB|GB|KiB|MiB|GiB|)$/.exec(written);
  return match === null ? null : Number(match[1]) * UNITS[match[2] as keyof typeof UNITS];
}

function withoutAccount(url: string): string {
  return url.replace(/\/\/[^/]*@/, "//");
}

function decode(path: string): string | null {
  try {
    return decodeURIComponent(path);
  } catch {
    return null;
  }
}
