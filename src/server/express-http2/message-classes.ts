import type { ServerOptions } from "node:http2";
import { messageClass } from "../message-class.ts";
import { http } from "../node-http.ts";
import { watchSending } from "../sent-streams.ts";
import { Http2Request } from "./request.ts";
import { Http2Response } from "./response.ts";

/** An app that gives requests and responses prototypes of its own, as Express does. */
interface Express {
  readonly request?: object;
  readonly response?: object;
}

export type MessageClasses = Pick<ServerOptions, "Http2ServerRequest" | "Http2ServerResponse">;

/**
 * For the options of `http2.createServer` and `createSecureServer`: HTTP/2 requests reach the app as Node's own HTTP/1 messages, on which Express works.
 * @param app Express 4 or 5, or any other `(request, response)` listener
 */
export function messageClasses(app: object): MessageClasses {
  watchSending();
  const { request, response } = app as Express;
  return {
    Http2ServerRequest: messageClass(Http2Request, request ?? http.IncomingMessage.prototype),
    Http2ServerResponse: messageClass(Http2Response, response ?? http.ServerResponse.prototype),
  } as unknown as MessageClasses;
}
