/**
 * The store cannot do what it was asked, for now: Redis is away, the disk is full, the folder is read-only. Frameworks read the other fields, so that a request
 * that needed the store is answered 503 with Retry-After wherever the app has no error handler of its own (Express, Koa and Fastify each read some of them).
 *
 * Its stack is one line: where in Drover it was made says nothing, and frameworks print it for each request.
 */
export class StoreUnavailable extends Error {
  override readonly name = "StoreUnavailable";
  readonly code = "STORE_UNAVAILABLE";
  readonly status = 503;
  readonly statusCode = 503;
  /** The message names hosts and files: it is for the log, not for clients. */
  readonly expose = false;
  readonly headers: Readonly<Record<string, string>> = { "retry-after": "1" };

  /**
   * @param store The store's name
   * @param reason In a few words: `connection refused`, `no answer within 300 ms`, `the disk is full`
   */
  constructor(store: string, reason: string, options?: ErrorOptions) {
    const { stackTraceLimit } = Error;
    Error.stackTraceLimit = 0;
    super(`the store ${store} is not available: ${reason}`, options);
    Error.stackTraceLimit = stackTraceLimit;
    this.stack = `${this.name}: ${this.message}`;
  }
}

/** Whether it is one, also one of another copy of Drover: a process has one connection to a store, and may have several copies. */
export function isUnavailable(error: unknown): error is StoreUnavailable {
  return codeOf(error) === ("STORE_UNAVAILABLE" satisfies StoreUnavailable["code"]);
}

/** The value under this key is not one that can be counted with, or would no longer be one: numbers are exact up to 2^53 - 1. A mistake of the app's. */
export class StoreTypeError extends TypeError {
  override readonly name = "StoreTypeError";
  readonly code = "STORE_NOT_A_NUMBER";

  constructor(key: string) {
    const expected = `a whole number from ${Number.MIN_SAFE_INTEGER} to ${Number.MAX_SAFE_INTEGER}`;
    super(`expected ${expected} under the key ${JSON.stringify(key)}, before and after, got something else`);
  }
}

/** Whether it is a StoreTypeError, also one of another copy of Drover. */
export function isNotANumber(error: unknown): error is StoreTypeError {
  return codeOf(error) === ("STORE_NOT_A_NUMBER" satisfies StoreTypeError["code"]);
}

function codeOf(error: unknown): unknown {
  return (error as { readonly code?: unknown } | null | undefined)?.code;
}
