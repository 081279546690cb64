import type { Resolved } from "../config/config.ts";
import { parseStoreAddress } from "../protocol/store-address.ts";

/** Options whose flag says a secret itself, and not the name of its file: `store` with a password, a key as PEM text. */
export function secretFlags({
  config: { store, tls },
  origins,
}: Pick<Resolved, "config" | "origins">): readonly string[] {
  const said: Readonly<Record<string, boolean>> = {
    store: hasPassword(store),
    "tls.key": isPrivateKey(tls.key),
    // With its key in one text.
    "tls.cert": isPrivateKey(tls.cert),
  };
  return Object.keys(said).filter((key) => said[key] === true && origins[key]?.startsWith("flag ") === true);
}

function hasPassword(store: string): boolean {
  const address = parseStoreAddress(store);
  return address?.engine === "redis" && URL.parse(address.url)?.password !== "";
}

function isPrivateKey(text: string | null): boolean {
  return text?.includes("PRIVATE KEY") === true;
}
