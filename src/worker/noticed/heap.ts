import type * as Inspector from "node:inspector";

/** Where a function begins in its file, both from 0. */
export interface Position {
  readonly lineNumber: number;
  readonly columnNumber: number;
}

interface Answers {
  "Runtime.evaluate": Inspector.Runtime.EvaluateReturnType;
  "Runtime.queryObjects": Inspector.Runtime.QueryObjectsReturnType;
  "Runtime.callFunctionOn": Inspector.Runtime.CallFunctionOnReturnType;
  "Runtime.getProperties": Inspector.Runtime.GetPropertiesReturnType;
  "Profiler.getBestEffortCoverage": Inspector.Profiler.GetBestEffortCoverageReturnType;
}

/** How objects pass between us and the inspector, which knows the global scope only. It is there for a moment, in which nothing else runs. */
const HAND = "__drover_hand";

/** A larger heap takes longer to walk than clients should wait. Bytes. */
const LARGEST = 256 * 2 ** 20;

/**
 * What lives in this process, by Node's own inspector, which opens no port for that. Its `Debugger` and hooks such as those of `async_hooks` would slow down
 * every `await` from then on; what is used here leaves nothing behind.
 */
export class Heap {
  readonly #session: Inspector.Session;

  /** @throws where Node has no inspector, or may not use it */
  constructor() {
    // Not imported: a worker needs it once at most, and most workers never.
    const { Session } = process.getBuiltinModule("node:inspector");
    this.#session = new Session();
    this.#session.connect();
  }

  /** All objects that inherit from this one. Takes a garbage collection; nothing of a heap that is too large to look through. */
  living(prototype: object): readonly object[] {
    if (process.memoryUsage().heapUsed > LARGEST) return [];
    const { objects } = this.#post("Runtime.queryObjects", { prototypeObjectId: this.#idOf(prototype) });
    const found: object[] = [];
    this.#inHand(found, () =>
      this.#post("Runtime.callFunctionOn", {
        objectId: objects.objectId,
        functionDeclaration: `function () { for (const one of this) ${HAND}.push(one); }`,
      }),
    );
    return found;
  }

  /** Null: of a function that is not from a file. */
  positionOf(code: object): Position | null {
    const { internalProperties } = this.#post("Runtime.getProperties", { objectId: this.#idOf(code) });
    const location = internalProperties?.find(({ name }) => name === "[[FunctionLocation]]")?.value?.value;
    return (location as Position | undefined) ?? null;
  }

  /** The addresses of files of which functions have run. Not all are there, but what is has been loaded. */
  scripts(): readonly string[] {
    return this.#post("Profiler.getBestEffortCoverage", {}).result.map(({ url }) => url);
  }

  close(): void {
    this.#session.disconnect();
  }

  #idOf(object: object): string {
    const { result } = this.#inHand(object, () => this.#post("Runtime.evaluate", { expression: HAND }));
    return result.objectId ?? "";
  }

  #inHand<T>(object: object, use: () => T): T {
    Object.defineProperty(globalThis, HAND, { value: object, configurable: true, enumerable: false });
    try {
      return use();
    } finally {
      Reflect.deleteProperty(globalThis, HAND);
    }
  }

  /** Answered at once: the session is one of this very thread. */
  #post<M extends keyof Answers>(method: M, params: object): Answers[M] {
    let answered: Answers[M] | undefined;
    let failed: Error | null = null;
    this.#session.post(method, params, (error, answer) => {
      failed = error;
      answered = answer as Answers[M];
    });
    if (answered === undefined || failed) throw new Error(`the inspector does not answer ${method}`, { cause: failed });
    return answered;
  }
}
