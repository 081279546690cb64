import { hopsOf, hopsOfForwarded, vouchedFor, type Hop } from "./hops.ts";
import type { Trust } from "./trust.ts";

/** Who has sent a request: the other end of its connection. */
export interface Peer {
  /** Undefined: unknown. */
  readonly address: string | undefined;
  readonly isTrusted: boolean;
}

/** What of the way it has come a request may tell the app. */
export interface Judgement {
  /** The client's address. Undefined: unknown. */
  readonly client: string | undefined;
  /** Null: it may tell all that was sent. */
  readonly changes: Changes | null;
}

/** By lower-case name: what a field is to say instead; null: it is to go. */
export type Changes = ReadonlyMap<string, string | null>;

/** By lower-case name; the values of several fields of one name are one list. */
interface Sayings {
  readonly values: ReadonlyMap<string, string>;
  /** Whether there were several of any name. */
  readonly isRepeated: boolean;
}

const FOR = "x-forwarded-for";
const FORWARDED = "forwarded";
const REAL_IP = "x-real-ip";

/** @param raw header fields, names and values by turns */
export function judge(raw: readonly string[], peer: Peer, trust: Trust): Judgement {
  const said = sayings(raw);
  if (!said) return { client: peer.address, changes: null };
  const { values, isRepeated } = said;
  if (!peer.isTrusted)
    return { client: peer.address, changes: new Map([...values.keys()].map((name) => [name, null])) };
  const way = vouchedFor(wayOf(values), trust);
  const client = way[0]?.address ?? peer.address;
  const list = way.map(({ text }) => text).join(", ") || null;
  let changes: Map<string, string | null> | null = null;
  for (const [name, sent] of values) {
    // One source of truth: apps and frameworks differ in which they look at first.
    const isSecond = name === FORWARDED && values.has(FOR);
    const value = isSecond ? null : believed(name, sent, list, client);
    if (value !== sent || isRepeated) (changes ??= new Map()).set(name, value);
  }
  return { client, changes };
}

/** All that tells of the way; null: nothing does. */
function sayings(raw: readonly string[]): Sayings | null {
  let values: Map<string, string> | null = null;
  let isRepeated = false;
  for (let index = 0; index < raw.length; index += 2) {
    const name = raw[index] ?? "";
    // Of most fields the first letter is enough: this is done for each of every request.
    const letter = name.charCodeAt(0) | 0x20;
    if (letter !== X && letter !== F) continue;
    const key = name.toLowerCase();
    if (!tellsOfWay(key)) continue;
    values ??= new Map();
    const value = raw[index + 1] ?? "";
    const before = values.get(key);
    isRepeated ||= before !== undefined;
    values.set(key, before === undefined ? value : `${before}, ${value}`);
  }
  return values && { values, isRepeated };
}

const [X, F] = [0x78, 0x66];

function tellsOfWay(name: string): boolean {
  return name.startsWith("x-forwarded") || name === FORWARDED || name === REAL_IP;
}

/**
 * What most proxies write comes first. What another field says against it proves nothing and changes nothing: were the proxy taken for the client then, any
 * client could bring that field and pass for the proxy.
 */
function wayOf(values: Sayings["values"]): readonly Hop[] {
  const list = values.get(FOR);
  if (list !== undefined) return hopsOf(list);
  const elements = values.get(FORWARDED);
  if (elements !== undefined) return hopsOfForwarded(elements);
  return hopsOf(lastOf(values.get(REAL_IP) ?? ""));
}

/** What a field is to say; null: nothing. `list`: the part of the way that is vouched for, as it was written. */
function believed(name: string, sent: string, list: string | null, client: string | undefined): string | null {
  switch (name) {
    case FOR:
    case FORWARDED:
      return list;
    case REAL_IP:
      return client ?? null;
    case "x-forwarded-proto":
    case "x-forwarded-host":
    case "x-forwarded-port":
      // The nearest proxy says one.
      return lastOf(sent) || null;
    case "x-forwarded-prefix":
      return sent;
    default:
      // Such as X-Forwarded-Ssl: proxies hand on what they do not know, and no app could tell it from a client's.
      return null;
  }
}

function lastOf(list: string): string {
  return list.slice(list.lastIndexOf(",") + 1).trim();
}
