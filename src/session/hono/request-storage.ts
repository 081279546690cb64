import type { Sessions } from "../sessions.ts";
import { answerable, orAnswer } from "./answerable.ts";

/** As much of Hono's context as is needed, whichever version and types the app has. */
interface HonoContext {
  // oxlint-disable-next-line typescript/no-explicit-any -- Hono's own `set` is generic over the app's variables
  set(name: any, value: any): void;
  res: Response | undefined;
}

export type HonoMiddleware = (context: HonoContext, next: () => Promise<void>) => Promise<void>;

/** Gives each request its own storage, and lets no answer out before what it says is stored. */
export function sharedStorage(sessions: Sessions): HonoMiddleware {
  return async (context, next) => {
    const storage = new RequestStorage(sessions);
    context.set("sessionStorage", storage);
    await next();
    const failure = await storage.written();
    if (failure === null) return;
    // Else Hono would give the error's answer the headers of this one, its length too.
    context.res = undefined;
    throw answerable(failure.error);
  };
}

interface Failure {
  readonly error: unknown;
}

/** One request's `sessionStorage` for @hono/session, which calls `set` and `delete` as if they were done when they return. */
class RequestStorage<Data = unknown> {
  readonly #sessions: Sessions;
  /** What this request read, by id, as text. */
  readonly #read = new Map<string, string>();
  /** They never reject, which would end the process: each answers how its write failed. */
  readonly #writes: Promise<Failure | null>[] = [];

  constructor(sessions: Sessions) {
    this.#sessions = sessions;
  }

  /** @hono/session never says that a session is in use, so that being read is what prolongs it. */
  async get(id: string): Promise<Data | null> {
    const text = await orAnswer(this.#sessions.read(id));
    if (text === null) return null;
    await this.#sessions.touch(id);
    this.#read.set(id, text);
    return JSON.parse(text) as Data;
  }

  set(id: string, data: Data): void {
    const text = JSON.stringify(data);
    if (text !== this.#read.get(id)) this.#begin(this.#sessions.write(id, text));
  }

  delete(id: string): void {
    this.#begin(this.#sessions.destroy(id));
  }

  /** When everything is written: the first write that failed. */
  async written(): Promise<Failure | null> {
    const failures = await Promise.all(this.#writes);
    return failures.find((failure) => failure !== null) ?? null;
  }

  #begin(write: Promise<unknown>): void {
    this.#writes.push(
      write.then(
        () => null,
        (error: unknown) => ({ error }),
      ),
    );
  }
}
