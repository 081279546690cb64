import { AsyncLocalStorage, executionAsyncId, triggerAsyncId } from "node:async_hooks";
import type { ServerResponse } from "node:http";
import type { ServerHttp2Stream } from "node:http2";
import type { UnderWay } from "../../protocol/ipc.ts";
import type { Begun, Traffic } from "../traffic/traffic.ts";
import { underWayAs } from "../traffic/under-way.ts";

/** The request whose code runs, where that can be told. */
export interface CulpritFinder {
  /** Ends it, inside the `uncaughtException` listener: its code threw an error that nobody caught. */
  cut(): void;
  /** Null: none, or that cannot be told. */
  name(): UnderWay | null;
}

const BEGUN_IN = Symbol("drover.begun-in");

/** A request, of HTTP/1 or of HTTP/2. */
type Culprit = (ServerResponse | ServerHttp2Stream) & { [BEGUN_IN]?: number };

/** Follows each request. Exact from Node 24 on, where a context costs 0.1 µs; before that promises would make it dear. */
export function followRequests(traffic: Traffic): CulpritFinder {
  const major = Number(process.versions.node.split(".")[0]);
  const find = major >= 24 ? followByContext(traffic) : followByAsyncId(traffic);
  return {
    cut: () => cut(find()),
    name: () => {
      const culprit = find();
      return culprit ? underWayAs(culprit, traffic, performance.now()) : null;
    },
  };
}

function followByContext(traffic: Traffic): () => Culprit | undefined {
  const current = new AsyncLocalStorage<Begun | ServerHttp2Stream>();
  traffic.onRequest((_, begun) => current.enterWith(begun));
  traffic.http2.onStream((stream) => current.enterWith(stream));
  return () => {
    const begun = current.getStore();
    return begun && "response" in begun ? (begun.response ?? undefined) : begun;
  };
}

/** Node numbers callbacks anyway: this finds errors thrown at once and from the first timer, tick or I/O, but not behind an `await`. */
function followByAsyncId(traffic: Traffic): () => Culprit | undefined {
  traffic.onRequest(noteAsyncId);
  traffic.http2.onStream(noteAsyncId);
  return () => {
    const here = [executionAsyncId(), triggerAsyncId()];
    const candidates = [...traffic.inFlight().map(({ response }) => response), ...traffic.http2.streams.keys()];
    return candidates.find((culprit: Culprit) => here.includes(culprit[BEGUN_IN] ?? -1));
  };
}

/** On the request itself: a WeakMap of many that soon end is dear to collect. */
function noteAsyncId(culprit: Culprit): void {
  culprit[BEGUN_IN] = executionAsyncId();
}

/** INTERNAL_ERROR of RFC 9113; node:http2 is not loaded for its name. */
const INTERNAL_ERROR = 2;

/** Of a session the other streams go on. */
function cut(culprit: Culprit | undefined): void {
  if (!culprit) return;
  if ("rstCode" in culprit) culprit.close(INTERNAL_ERROR);
  else culprit.socket?.destroy();
}
