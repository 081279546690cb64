import type { Sessions } from "../sessions.ts";
import { answerable, orAnswer } from "./answerable.ts";

/** As much of Hono's context as is needed, whichever version and types the app has. */
interface HonoContext {
  // oxlint-disable-next-line typescript/no-explicit-any -- Hono's own `set` is generic over the app's variables
  set(name: any, value: any): void;
  // oxlint-disable-next-line typescript/no-explicit-any -- as above
  get(name: any): any;
  res: Response | undefined;
}

export type HonoMiddleware = (context: HonoContext, next: () => Promise<void>) => Promise<void>;

/** Gives each request its own storage, and lets no answer out before what it says is stored. */
export function sharedStorage(sessions: Sessions): HonoMiddleware {
  return async (context, next) => {
    const storage = new RequestStorage(sessions);
    context.set("sessionStorage", storage);
    await next();
    try {
      await deleteUnread(context.get("session") as HonoSession | undefined, storage);
      await storage.written();
    } catch (error) {
      // Else Hono would give the error's answer the headers of this one, its length too.
      context.res = undefined;
      throw answerable(error);
    }
  };
}

/** As much of @hono/session's session as is needed. */
interface HonoSession {
  readonly id: string | null;
  get(): Promise<unknown>;
}

/** @hono/session knows a session's id only once it has read it: one that was deleted before would live on in the store. */
async function deleteUnread(session: HonoSession | undefined, storage: RequestStorage): Promise<void> {
  if (session === undefined || storage.hasDeleted || !isDestroyed(session)) return;
  await session.get();
  storage.deleteRead();
}

/** It has no other way to say so. Should its words change, an app must read a session before it deletes it. */
function isDestroyed(session: HonoSession): boolean {
  try {
    void session.id;
    return false;
  } catch (error) {
    return error instanceof Error && error.message.includes("destroyed");
  }
}

interface Failure {
  readonly error: unknown;
}

/** One request's `sessionStorage` for @hono/session, which calls `set` and `delete` as if they were done when they return. */
class RequestStorage<Data = unknown> {
  readonly #sessions: Sessions;
  /** What this request read, by id, as text. */
  readonly #read = new Map<string, string>();
  readonly #deleted = new Set<string>();
  /** They never reject, which would end the process: each answers how its write failed. */
  readonly #writes: Promise<Failure | null>[] = [];

  constructor(sessions: Sessions) {
    this.#sessions = sessions;
  }

  /** @hono/session never says that a session is in use, so that being read is what prolongs it. */
  async get(id: string): Promise<Data | null> {
    if (this.#deleted.has(id)) return null;
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
    this.#deleted.add(id);
    this.#begin(this.#sessions.destroy(id));
  }

  get hasDeleted(): boolean {
    return this.#deleted.size > 0;
  }

  /** What this request has read. */
  deleteRead(): void {
    for (const id of this.#read.keys()) this.delete(id);
  }

  /** When everything is written. @throws what the first write that failed did */
  async written(): Promise<void> {
    const failures = await Promise.all(this.#writes);
    const first = failures.find((failure) => failure !== null);
    if (first) throw first.error;
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
