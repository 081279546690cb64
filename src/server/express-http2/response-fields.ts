import type { OutgoingHttpHeaders } from "node:http2";
import { http } from "../node-http.ts";

/** What a response gives `writeHead`: names and values by turns, in pairs, or as an object. */
export type GivenFields = readonly unknown[] | Readonly<Record<string, unknown>> | null | undefined;

/** Belong to one connection of HTTP/1; HTTP/2 forbids them. */
const CONNECTION_FIELDS: ReadonlySet<string> = new Set(
  "connection keep-alive proxy-connection transfer-encoding upgrade http2-settings te".split(" "),
);

/** Node refuses to send these more than once. */
const SINGLE_FIELDS: ReadonlySet<string> = new Set(
  (
    "access-control-allow-credentials access-control-max-age age authorization content-encoding content-language content-length content-location " +
    "content-md5 content-range content-type date etag expires from host last-modified location retry-after tk x-content-type-options"
  ).split(" "),
);

/**
 * Fields that were set one by one, as HTTP/2 sends them.
 * @param set by lower-case name, checked by Node as they were set; changed in place
 */
export function fieldsSet(set: OutgoingHttpHeaders): OutgoingHttpHeaders {
  for (const name in set) {
    const value = set[name];
    if (CONNECTION_FIELDS.has(name)) set[name] = undefined;
    else if (Array.isArray(value)) set[name] = SINGLE_FIELDS.has(name) ? value.join(", ") : value;
  }
  return set;
}

/**
 * Fields that were only given to `writeHead`, which nobody has checked.
 * @throws Node's ERR_INVALID_HTTP_TOKEN, ERR_INVALID_CHAR and ERR_HTTP_INVALID_HEADER_VALUE
 */
export function fieldsGiven(given: GivenFields): OutgoingHttpHeaders {
  const fields: Record<string, string | string[]> = Object.create(null);
  for (const [field, value] of pairs(given)) {
    const name = field.toLowerCase();
    for (const one of Array.isArray(value) ? (value as unknown[]) : [value]) {
      http.validateHeaderName(field);
      http.validateHeaderValue(field, one as string);
      const before = fields[name];
      if (before === undefined) fields[name] = String(one);
      else fields[name] = [...(Array.isArray(before) ? before : [before]), String(one)];
    }
  }
  return fieldsSet(fields);
}

function pairs(given: GivenFields): (readonly [string, unknown])[] {
  if (!given) return [];
  if (!Array.isArray(given)) return Object.entries(given);
  const list = given as readonly unknown[];
  if (Array.isArray(list[0])) return list as (readonly [string, unknown])[];
  return list.flatMap((name, index) => (index % 2 === 0 ? [[String(name), list[index + 1]] as const] : []));
}

/** Lines of HTTP/1, as Node renders trailers and informational answers: `name: value`, each with its line's end. */
export function fieldsOfLines(lines: string): OutgoingHttpHeaders {
  const fields: (readonly [string, string])[] = [];
  for (const line of lines.split("\r\n")) {
    const colon = line.indexOf(":");
    if (colon > 0) fields.push([line.slice(0, colon), line.slice(colon + 1).trim()]);
  }
  return fieldsGiven(fields);
}
