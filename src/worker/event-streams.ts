import type { ServerResponse } from "node:http";
import type { ServerHttp2Stream } from "node:http2";

const TYPE = "text/event-stream";
const HEADER = /^content-type: *text\/event-stream/im;

/** Headers given to `writeHead` are found in its text only. */
export function isEventStream(response: ServerResponse): boolean {
  const { _header } = response as unknown as { readonly _header: string | null };
  return response.headersSent && HEADER.test(_header ?? "");
}

export function isHttp2EventStream({ sentHeaders }: ServerHttp2Stream): boolean {
  return String(sentHeaders?.["content-type"]).startsWith(TYPE);
}
