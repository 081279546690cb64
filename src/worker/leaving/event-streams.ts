import type { ServerResponse } from "node:http";
import type { ServerHttp2Stream } from "node:http2";
import { mute } from "./mute.ts";

const TYPE = "text/event-stream";
const HEADER = /^content-type: *text\/event-stream/im;

/** Event streams never end by themselves. Their clients connect again when they do. */
export class EventStreams {
  /** In good order. */
  ended = 0;

  /** Ends those among them that are event streams. */
  end(responses: Iterable<ServerResponse>, streams: Iterable<ServerHttp2Stream>): void {
    for (const response of responses) if (isEventStream(response)) this.#end(response);
    for (const stream of streams) if (isHttp2EventStream(stream)) this.#end(stream);
  }

  #end(stream: ServerResponse | ServerHttp2Stream): void {
    if (stream.writableEnded) return;
    stream.once("finish", () => (this.ended += 1));
    stream.end();
    mute(stream);
  }
}

/** Headers given to `writeHead` are found in its text only. */
export function isEventStream(response: ServerResponse): boolean {
  const { _header } = response as unknown as { readonly _header: string | null };
  return response.headersSent && HEADER.test(_header ?? "");
}

function isHttp2EventStream({ sentHeaders }: ServerHttp2Stream): boolean {
  return String(sentHeaders?.["content-type"]).toLowerCase().startsWith(TYPE);
}
