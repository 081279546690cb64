import type { ServerHttp2Session, ServerHttp2Stream } from "node:http2";
import { Socket } from "node:net";

/** What a stream says for its own, and what it has from its connection. */
export class StreamEvents {
  readonly stream: ServerHttp2Stream;
  readonly session: ServerHttp2Session;

  constructor(stream: ServerHttp2Stream) {
    this.stream = stream;
    // Kept, because a stream that was closed has none.
    this.session = stream.session as ServerHttp2Session;
  }
}

/** The methods of an event emitter: an exchange has events of its own, a connection has those of many. */
const EVENT_METHODS =
  "on once off addListener removeListener removeAllListeners prependListener prependOnceListener emit listeners rawListeners " +
  "listenerCount eventNames setMaxListeners getMaxListeners";

for (const name of EVENT_METHODS.split(" ")) {
  Object.defineProperty(StreamEvents.prototype, name, { value: toStream(name), configurable: true, writable: true });
}

function toStream(name: string) {
  return function (this: StreamEvents, ...given: unknown[]): unknown {
    const { stream } = this;
    const answer = (stream as unknown as Record<string, (...given: unknown[]) => unknown>)[name]?.(...given);
    return answer === stream ? this : answer;
  };
}

/** What a stream has not, its connection may have, under whatever name. Proxied as the end of the prototypes, which costs what is found before it nothing. */
const connection = new Proxy(Socket.prototype, {
  getPrototypeOf: () => Socket.prototype,
  get: (_prototype, name, asked: unknown) => (isOpen(asked) ? Reflect.get(asked.session.socket, name) : undefined),
  has: (prototype, name) => name in prototype,
  set: (_prototype, name, value, asked: unknown) => !isOpen(asked) || Reflect.set(asked.session.socket, name, value),
});
Object.setPrototypeOf(StreamEvents.prototype, connection);

/** Node throws for the socket of a session that is gone. */
function isOpen(asked: unknown): asked is StreamEvents {
  return Object.hasOwn(asked as object, "session") && !(asked as StreamEvents).session.destroyed;
}
