import { parseAddress, type WrittenAddress } from "./address.ts";
import type { Config } from "./config.ts";
import { speaksTls } from "./tls.ts";

/** Where plain HTTP is to be sent on to HTTPS. */
export function plannedRedirects({ tls, listen }: Config): readonly WrittenAddress[] {
  if (tls.redirect === false || listen === false || !speaksTls(tls)) return [];
  return tls.redirect.map(parseAddress).filter((address) => address !== null);
}
