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

/** By lower-case name, each with its values. */
type Sayings = ReadonlyMap<string, readonly string[]>;

const FOR = "x-forwarded-for";
const FORWARDED = "forwarded";
const REAL_IP = "x-real-ip";
/** Of each the nearest proxy says one. */
const SINGLE = ["x-forwarded-proto", "x-forwarded-host", "x-forwarded-port"] as const;

/** @param raw header fields, names and values by turns */
export function judge(raw: readonly string[], peer: Peer, trust: Trust): Judgement {
  const said = sayings(raw);
  if (!said) return { client: peer.address, changes: null };
  if (!peer.isTrusted) return { client: peer.address, changes: new Map([...said.keys()].map((name) => [name, null])) };
  const way = vouchedFor(wayOf(said), trust);
  const client = way[0]?.address ?? peer.address;
  return { client, changes: differences(said, beliefs(said, way, client)) };
}

/** All that tells of the way; null: nothing does. */
function sayings(raw: readonly string[]): Sayings | null {
  let said: Map<string, string[]> | null = null;
  for (let index = 0; index < raw.length; index += 2) {
    const name = raw[index] ?? "";
    // Of most fields the first letter is enough: this is done for each of every request.
    const letter = name.charCodeAt(0) | 0x20;
    if (letter !== X && letter !== F) continue;
    const key = name.toLowerCase();
    if (!tellsOfWay(key)) continue;
    said ??= new Map();
    said.set(key, [...(said.get(key) ?? []), raw[index + 1] ?? ""]);
  }
  return said;
}

const [X, F] = [0x78, 0x66];

function tellsOfWay(name: string): boolean {
  return name.startsWith("x-forwarded") || name === FORWARDED || name === REAL_IP;
}

function wayOf(said: Sayings): readonly Hop[] {
  const [list, elements, only = []] = [said.get(FOR), said.get(FORWARDED), said.get(REAL_IP)];
  if (list) return hopsOf(list.join());
  if (elements) return hopsOfForwarded(elements.join());
  return hopsOf(only.at(-1) ?? "");
}

/** What these fields say to whoever believes no more than {@link vouchedFor} does. */
function beliefs(said: Sayings, way: readonly Hop[], client: string | undefined): Changes {
  const list = way.map(({ text }) => text).join(", ") || null;
  return new Map([
    [FOR, list],
    // One source of truth: apps and frameworks differ in which they look at first.
    [FORWARDED, said.has(FOR) ? null : list],
    [REAL_IP, client ?? null],
    ...SINGLE.map((name) => [name, lastOf(said.get(name))] as const),
  ]);
}

function lastOf(values: readonly string[] = []): string | null {
  return values.join().split(",").at(-1)?.trim() || null;
}

function differences(said: Sayings, believed: Changes): Changes | null {
  const changes = new Map<string, string | null>();
  for (const [name, values] of said) {
    const value = believed.get(name);
    const isAsSent = values.length === 1 && values[0] === value;
    if (value !== undefined && !isAsSent) changes.set(name, value);
  }
  return changes.size === 0 ? null : changes;
}
