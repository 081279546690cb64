import type { ServerOptions } from "node:http";
import type { Server } from "node:net";
import { besideTheApps } from "./beside-the-apps.ts";
import { messageClass } from "./message-class.ts";
import { http } from "./node-http.ts";

/** An app of Express 4 or 5: what each of its requests and responses gets for a prototype. */
export interface Express {
  readonly request: object;
  readonly response: object;
}

export type Http1Messages = Pick<ServerOptions, "IncomingMessage" | "ServerResponse">;

const NAMES = ["IncomingMessage", "ServerResponse"] as const;

/** Who hears of these may do so before Express. */
const HEARD: readonly (string | symbol)[] = ["request", "checkContinue", "checkExpectation"];

/** Bytes. Up to here it saves CPU time; at 64 KB the copy costs more than it saves. */
const SHORT = 16_384;

/** Of Node's own response. */
interface Sending {
  readonly _headerSent: boolean;
  _send(data: unknown, encoding?: BufferEncoding | null, callback?: unknown, length?: number): boolean;
}

/** Node writes a body that is text together with the header, but a buffer after it, and Express makes a buffer of nearly all it sends. */
class Answer extends http.ServerResponse {
  readonly _send = sendTogether;
}

function sendTogether(
  this: Sending,
  data: unknown,
  encoding?: BufferEncoding | null,
  callback?: unknown,
  length?: number,
): boolean {
  const inherited = http.ServerResponse.prototype as unknown as Sending;
  const isShort = !this._headerSent && data instanceof Buffer && data.length <= SHORT;
  if (!isShort) return inherited._send.call(this, data, encoding, callback, length);
  return inherited._send.call(this, data.toString("latin1"), "latin1", callback, length);
}

/**
 * Express gives every request and response the app's prototypes, which is slow: see message-class.ts. These classes make them with those very objects: what
 * anybody adds to them, or to what they inherit from, is there at any time, and neither the app nor Express is changed. Where an app is mounted in another,
 * Express still changes prototypes.
 * @returns for the options of `http.createServer`; empty where such messages cannot be made: what Node sets, the app's prototypes let nobody set
 */
export function expressMessages({ request, response }: Express): Http1Messages {
  const classes = {
    IncomingMessage: messageClass(http.IncomingMessage, request),
    ServerResponse: messageClass(Answer, response),
  };
  try {
    Reflect.construct(classes.IncomingMessage, []);
    // A whole response would be announced on a diagnostics channel.
    Reflect.construct(http.OutgoingMessage, [], classes.ServerResponse);
  } catch {
    return {};
  }
  return classes as unknown as Http1Messages;
}

/**
 * For a server of which Express is the first to hear. It stays as it is if its author has given it classes, or if Node does not show which it has; and has
 * Node's again as soon as anybody else is to hear of its requests, who may set on them what Express can only read.
 */
export function giveExpressMessages(server: Server, app: Express): void {
  const kept = server as unknown as Record<symbol, unknown>;
  const symbols = Object.getOwnPropertySymbols(server);
  const keys = NAMES.map((name) => symbols.find((key) => key.description === name && kept[key] === http[name]));
  if (keys.includes(undefined) || server.listenerCount("checkContinue") + server.listenerCount("checkExpectation") > 0)
    return;
  const give = (messages: Http1Messages): void => {
    for (const [index, name] of NAMES.entries()) kept[keys[index] as symbol] = messages[name] ?? http[name];
  };
  const takeBack = (event: string | symbol): void => {
    if (!HEARD.includes(event)) return;
    server.off("newListener", takeBack);
    give({});
  };
  give(expressMessages(app));
  server.on("newListener", takeBack);
}

/**
 * A request that leaves HTTP never reaches Express, so the app gets it as Node makes it: on Express's prototype what many an app sets itself, such as `query`,
 * can only be read.
 */
export function leaveUpgradesToNode(server: Server, { request }: Express): void {
  for (const event of ["upgrade", "connect"] as const) {
    besideTheApps(server, event, (message) => {
      if (Object.getPrototypeOf(message) === request) Object.setPrototypeOf(message, http.IncomingMessage.prototype);
    });
  }
}
