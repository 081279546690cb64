import { AsyncLocalStorage, executionAsyncId, triggerAsyncId } from "node:async_hooks";
import type { ServerResponse } from "node:http";
import type { Traffic } from "../traffic/traffic.ts";

/** Which request's code threw an error that nobody caught; null when it cannot be told. Ask inside the `uncaughtException` listener. */
export type FindCulprit = () => ServerResponse | null;

/** Follows each request. Exact from Node 24 on, where a context costs 0.1 µs; before that promises would make it dear. */
export function followRequests(traffic: Traffic): FindCulprit {
  const major = Number(process.versions.node.split(".")[0]);
  return major >= 24 ? followByContext(traffic) : followByAsyncId(traffic);
}

function followByContext(traffic: Traffic): FindCulprit {
  const current = new AsyncLocalStorage<ServerResponse>();
  traffic.onRequest((response) => current.enterWith(response));
  return () => current.getStore() ?? null;
}

/** Node numbers callbacks anyway: this finds errors thrown at once and from the first timer, tick or I/O, but not behind an `await`. */
function followByAsyncId(traffic: Traffic): FindCulprit {
  const ids = new WeakMap<ServerResponse, number>();
  traffic.onRequest((response) => ids.set(response, executionAsyncId()));
  return () => {
    const here = [executionAsyncId(), triggerAsyncId()];
    const candidates = traffic.inFlight().map(({ response }) => response);
    return candidates.find((response) => here.includes(ids.get(response) ?? -1)) ?? null;
  };
}
