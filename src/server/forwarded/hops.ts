import { parseIp, type Ip } from "../../protocol/network.ts";
import type { Trust } from "./trust.ts";

/** Somebody who has passed a request on, or its client: as the next one has written it down. */
export interface Hop {
  readonly text: string;
  /** Its address in there, as far as that is one. */
  readonly address: string;
  /** Null: it is none. */
  readonly ip: Ip | null;
}

/** Those that a chain of trusted hops vouches for, the last one nearest: the first of them is the client. What stands before it anybody can have written. */
export function vouchedFor(hops: readonly Hop[], trust: Trust): readonly Hop[] {
  let first = hops.length;
  while (first > 0) {
    const ip = hops[first - 1]?.ip ?? null;
    if (ip === null) break;
    first -= 1;
    if (!trust.has(ip)) break;
  }
  return hops.slice(first);
}

/** Of a list such as X-Forwarded-For. Some proxies add the client's port; apps and frameworks expect none, so it is not in `text`. */
export function hopsOf(list: string): readonly Hop[] {
  return list.split(",").map((entry) => {
    const address = addressOf(entry.trim());
    return { text: address, address, ip: parseIp(address) };
  });
}

/** Of `Forwarded`: RFC 7239, 4. Empty where it cannot be told apart. */
export function hopsOfForwarded(list: string): readonly Hop[] {
  return (splitUnquoted(list, ",") ?? []).map((element) => {
    const address = addressOf(nodeOf(element));
    return { text: element.trim(), address, ip: parseIp(address) };
  });
}

/** What one element says after `for=`; empty where it does not, or does it twice. */
function nodeOf(element: string): string {
  const pairs = (splitUnquoted(element, ";") ?? []).map((pair) => /^for=(.*)$/i.exec(pair.trim()));
  const [first, ...others] = pairs.filter((pair) => pair !== null);
  return others.length > 0 ? "" : (first?.[1]?.replace(/^"(.*)"$/, "$1") ?? "");
}

/** Of a node (RFC 7239, 6), without its port, hidden or not, and the brackets of IPv6. As it is where it is no such node. */
function addressOf(node: string): string {
  const [, six, four] = /^(?:\[([^\]]+)\]|([\d.]+))(?::(?:\d{1,5}|_[\w.-]+))?$/.exec(node) ?? [];
  return six ?? four ?? node;
}

/**
 * Null: its quotes do not end, or do not begin where they should. A client that opens a quote turns those of the proxy after it inside out; then they do not
 * come in pairs, or what the proxy has escaped in them stands outside.
 */
function splitUnquoted(text: string, separator: string): readonly string[] | null {
  const parts: string[] = [];
  let start = 0;
  let isQuoted = false;
  for (let index = 0; index < text.length; index += 1) {
    const character = text[index];
    if (character === '"') isQuoted = !isQuoted;
    else if (character === "\\" && !isQuoted) return null;
    else if (character === "\\") index += 1;
    else if (character === separator && !isQuoted) {
      parts.push(text.slice(start, index));
      start = index + 1;
    }
  }
  return isQuoted ? null : [...parts, text.slice(start)];
}
