import { markOf, type Session } from "./sessions.ts";

type Callback = (error: unknown, session?: Session | null) => void;

/** What is used of express-session's `Store`. */
export interface SessionStore {
  get(id: string, callback: Callback): void;
  set(id: string, session: Session, callback: Callback): void;
  touch(id: string, session: Session, callback: Callback): void;
}

/** What requests do with their session after they have got it, as express-session would do it for them. */
interface Workload {
  readonly title: string;
  /** Whether a process serves one request after the other; else as many at once as the run says. */
  readonly alone: boolean;
  /** Answers how many calls of the store it takes. */
  readonly finish: (store: SessionStore, id: string, session: Session, request: number, done: Callback) => number;
}

export const WORKLOADS = {
  write: {
    title: "80 % get, 20 % set: one request in four changes its session",
    alone: false,
    finish: changeOneInFour,
  },
  alone: {
    title: "80 % get, 20 % set, one request at a time in each process",
    alone: true,
    finish: changeOneInFour,
  },
  read: {
    title: "50 % get, 50 % touch: no request changes its session",
    alone: false,
    finish: (store, id, session, _request, done) => {
      store.touch(id, session, done);
      return 1;
    },
  },
} as const satisfies Record<string, Workload>;

export type WorkloadId = keyof typeof WORKLOADS;

function changeOneInFour(store: SessionStore, id: string, session: Session, request: number, done: Callback): number {
  if (request % 4 !== 0) {
    done(null);
    return 0;
  }
  session.mark = markOf(request + 1);
  store.set(id, session, done);
  return 1;
}

export interface Load {
  readonly store: SessionStore;
  readonly workload: WorkloadId;
  readonly requests: number;
  readonly inFlight: number;
  /** Whose session the next request brings. */
  readonly nextId: () => string;
}

export interface Driven {
  /** Calls of the store. */
  readonly operations: number;
  /** Those of them that it could not do. */
  readonly failed: number;
}

/** @throws where a session is gone */
export function drive({ store, workload, requests, inFlight, nextId }: Load): Promise<Driven> {
  const { promise, resolve, reject } = Promise.withResolvers<Driven>();
  const { finish } = WORKLOADS[workload];
  let begun = 0;
  let ended = 0;
  let operations = 0;
  let failed = 0;

  const end = (error: unknown): void => {
    if (error) failed += 1;
    ended += 1;
    if (ended === requests) resolve({ operations, failed });
    else begin();
  };
  const begin = (): void => {
    if (begun === requests) return;
    const request = begun++;
    const id = nextId();
    operations += 1;
    store.get(id, (error, session) => {
      if (error) return end(error);
      if (!session) return reject(new Error("a session is gone"));
      const calls = finish(store, id, session, request, end);
      operations += calls;
    });
  };
  for (let index = 0; index < inFlight; index++) begin();
  return promise;
}
