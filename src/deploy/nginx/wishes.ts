import { isAbsolute, resolve } from "node:path";
import { domainToASCII } from "node:url";
import { parseAddress, type WrittenAddress } from "../../config/address.ts";
import { showValue } from "../../config/show.ts";
import { AppError } from "../../errors.ts";
import type { Certificate } from "./listen.ts";

/** What only nginx must know, as the flags of `drover deploy nginx` say it. */
export interface Wishes {
  /** Empty: the app is on this machine. */
  readonly machines: readonly WrittenAddress[];
  readonly domains: readonly string[];
  readonly port: number | null;
  readonly certificate: Certificate | null;
  /** Whether the upstream block is a file of its own. */
  readonly splitsUpstream: boolean;
}

/**
 * @param own by the names commander gives the flags
 * @param cwd where relative paths begin
 * @throws AppError USAGE
 */
export function readWishes(own: Readonly<Record<string, unknown>>, cwd: string): Wishes {
  return {
    machines: texts(own["server"]).map(readServer),
    domains: texts(own["domain"]).map(readDomain),
    port: readPort(textOf(own["nginxPort"])),
    certificate: readCertificate(textOf(own["cert"]), textOf(own["key"]), cwd),
    splitsUpstream: own["splitUpstream"] === true,
  };
}

function textOf(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

function texts(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.map(String) : [];
}

function readServer(text: string): WrittenAddress {
  const address = parseAddress(text);
  const isKnown = address?.kind === "unix" ? isAbsolute(address.path) : Boolean(address?.host && address.port > 0);
  if (address !== null && isKnown) return address;
  const hint =
    "As in: drover deploy nginx app.js --server 10.0.0.1:3000 10.0.0.2:3000. The app's file stands before it.";
  throw new AppError("USAGE", `flag --server: expected HOST:PORT, got ${showValue(text)}`, hint);
}

const LABELS = /^[a-z0-9_][a-z0-9_-]*(\.[a-z0-9_][a-z0-9_-]*)*$/;
/** No name of a host ends like this: it is the entry, behind a flag that takes every word that follows. */
const APP_FILE = /\.[cm]?[jt]s$/;

/** As nginx wants it: other scripts in the letters of DNS. */
function readDomain(text: string): string {
  if (text === "_") return text;
  const [, star = "", name = ""] = /^(\*\.)?(.*)$/s.exec(text) ?? [];
  const ascii = domainToASCII(name);
  if (LABELS.test(ascii) && !APP_FILE.test(ascii)) return `${star}${ascii}`;
  const hint = "As in: --domain shop.example www.shop.example, or *.shop.example. The app's file stands before it.";
  throw new AppError("USAGE", `flag --domain: expected a name, got ${showValue(text)}`, hint);
}

function readPort(text: string | undefined): number | null {
  if (text === undefined) return null;
  const port = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  if (port >= 1 && port <= 65_535) return port;
  throw new AppError("USAGE", `flag --nginx-port: expected a port from 1 to 65535, got ${showValue(text)}`);
}

function readCertificate(cert: string | undefined, key: string | undefined, cwd: string): Certificate | null {
  if (cert === undefined && key === undefined) return null;
  if (cert === undefined || key === undefined) {
    const got = cert === undefined ? "--key" : "--cert";
    throw new AppError("USAGE", `expected --cert and --key together, got ${got} alone`, "Give both, or neither.");
  }
  return { cert: readPath("cert", cert, cwd), key: readPath("key", key, cwd) };
}

/** nginx would take $ for a variable, and there is no way to say that it is none. */
function readPath(flag: string, path: string, cwd: string): string {
  const absolute = resolve(cwd, path);
  if (path !== "" && !/[$\p{Cc}]/u.test(absolute)) return absolute;
  const message = `flag --${flag}: expected a path that nginx can read, without $ and line ends, got ${showValue(absolute)}`;
  throw new AppError("USAGE", message, "Give a link to it another name.");
}
