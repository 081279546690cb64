import type { IncomingHttpHeaders } from "node:http2";

/**
 * The header fields as HTTP/1 would have brought them, names and values by turns: without pseudo-headers, with the host that `:authority` says. A body
 * of unknown length gets the field that says so in HTTP/1, without which body parsers, and proxies to HTTP/1, take it for none.
 */
export function requestFields(raw: readonly string[], headers: IncomingHttpHeaders, hasBody: boolean): string[] {
  const fields = raw.slice(firstField(raw));
  const authority = headers[":authority"];
  if (authority !== undefined && headers.host === undefined) fields.push("host", authority);
  if (hasBody && headers["content-length"] === undefined) fields.push("transfer-encoding", "chunked");
  return fields;
}

/** Pseudo-headers stand before all others. */
function firstField(raw: readonly string[]): number {
  let index = 0;
  while (raw[index]?.startsWith(":")) index += 2;
  return index;
}
