import type { IncomingMessage, ServerResponse } from "node:http";

/** What express-session and Express add to a request. */
export type Request = IncomingMessage & {
  readonly session?: unknown;
  /** Express's. Others that use express-session need not add it. */
  readonly res?: ServerResponse;
};

/** What express-session calls its own callbacks, since 2014. */
const OF_AN_END: readonly string[] = ["onsave", "ontouch", "ondestroy"];

interface Untouched {
  readonly writeHead: (this: ServerResponse, status: number, headers: Readonly<Record<string, string>>) => void;
  readonly end: (this: ServerResponse, body: string) => void;
}

/** The headers that speak of the app's answer, not of the site. */
const OF_THE_ANSWER =
  /^(content-(type|length|encoding|language|range|disposition)|transfer-encoding|trailer|etag|last-modified|expires|cache-control|location|set-cookie)$/;

/**
 * The answer that express-session holds back while a session is saved, when the app has said its last word. Its head is built, and most of its body sent, as soon as
 * the store's `set` returns; whatever comes of the save, express-session then sends the rest. A client would read "welcome" and not be logged in.
 */
export class ExpressAnswer {
  readonly #request: Request;
  readonly #saidByApp: boolean;

  /** @param callback Of `set`, `touch` or `destroy`. It tells a save at the end of an answer from one that the app asked for, and hears of, itself. */
  constructor(request: Request, callback: { readonly name: string } | undefined) {
    this.#request = request;
    this.#saidByApp = !OF_AN_END.includes(callback?.name ?? "");
  }

  /** Nobody but us can say that the save failed: the app is done with this answer. (In a minified app only the head that is out gives that away.) */
  get isUnderWay(): boolean {
    return !this.#saidByApp || this.#request.res?.headersSent === true;
  }

  /** Whether the answer says already that something did not work. */
  get isFailure(): boolean {
    return (this.#request.res?.statusCode ?? 200) >= 400;
  }

  /** Answers 503 instead, where nothing is sent yet. Answers whether it did. */
  refuse(): boolean {
    const { res } = this.#request;
    if (this.#saidByApp || res === undefined || res.headersSent) return false;
    for (const name of res.getHeaderNames()) if (OF_THE_ANSWER.test(name)) res.removeHeader(name);
    // express-session goes on with the app's body all the same: a write after the end, which is an error event.
    res.on("error", () => undefined);
    // Not the methods of this one response: middleware has put its own there, which would set the session's cookie or compress.
    const { writeHead, end } = Object.getPrototypeOf(res) as Untouched;
    const body = "Service Unavailable\n";
    writeHead.call(res, 503, {
      "content-type": "text/plain; charset=utf-8",
      "content-length": String(Buffer.byteLength(body)),
      "retry-after": "1",
    });
    end.call(res, body);
    return true;
  }

  /** Lets the client see that the answer is not whole, as Express itself does with an error that comes after the head. */
  cut(): void {
    this.#request.socket.destroy();
  }
}
