import type { ServerResponse } from "node:http";
import type { Socket } from "node:net";
import type { Traffic } from "../traffic/traffic.ts";
import { isEventStream } from "./event-streams.ts";

/** What Node keeps of an answer whose head is written. */
interface Written {
  _header: string | null;
  /** The connection ends with it. */
  _last: boolean;
}

const KEEPS = /^connection:.*keep-alive.*$/im;

/** Tells clients of HTTP/1 that their connection ends with the answer they get. */
export class LastAnswers {
  /** When an answer ended that had promised to keep its connection: its client may be asking once more. On the clock of `performance.now()`. */
  promisedAt = 0;
  /** Requests may come without waiting for answers. Only the last one may announce the end: what follows it is never sent. */
  readonly #last = new WeakMap<Socket, ServerResponse>();

  /** From now on, and in those answers whose head is not out yet. */
  announce(traffic: Traffic): void {
    traffic.onRequest(this.#tell);
    for (const { response } of traffic.inFlight()) {
      if (response.headersSent) this.#follow(response);
      else this.#tell(response);
    }
  }

  readonly #tell = (response: ServerResponse): void => {
    const { socket } = response.req;
    this.#last.set(socket, response);
    const writeHead = (...args: unknown[]): ServerResponse => {
      const isLast = this.#last.get(socket) === response;
      const isOurs = isLast && response.shouldKeepAlive;
      if (isLast) response.shouldKeepAlive = false;
      const { writeHead: original } = Object.getPrototypeOf(response) as Record<
        string,
        (...args: unknown[]) => unknown
      >;
      original?.apply(response, args);
      if (isLast) close(response as unknown as Written);
      if (isOurs && !response.req.complete) this.#linger(response);
      return response;
    };
    Object.assign(response, { writeHead });
  };

  /**
   * An answer that comes before the request is read to its end, such as a refusal of an upload: Node would close the connection behind it, and the kernel
   * resets one on which something was not read, so that the client never sees the answer.
   */
  #linger(response: ServerResponse): void {
    const { req } = response;
    (response as unknown as Written)._last = false;
    response.once("finish", () => {
      if (req.complete) return req.socket.destroySoon();
      this.promisedAt = performance.now();
      req.once("end", () => req.socket.destroySoon());
      req.socket.end();
    });
  }

  #follow(response: ServerResponse): void {
    if (!response.shouldKeepAlive || isEventStream(response)) return;
    response.once("finish", () => (this.promisedAt = performance.now()));
  }
}

/** An app that relays answers gives its own word on the connection. */
function close(answer: Written): void {
  if (!answer._header || !KEEPS.test(answer._header)) return;
  answer._header = answer._header.replace(KEEPS, "Connection: close");
  answer._last = true;
}
