import { Agent as HttpAgent, request as httpRequest, type ClientRequest, type RequestOptions } from "node:http";
import { Agent as HttpsAgent, request as httpsRequest } from "node:https";
import type { Ended } from "./account.ts";
import type { Target } from "./targets.ts";

/** A client that has one request under way at a time and sends none twice. */
export interface Visitor {
  /** Never rejects. @param boundMs Milliseconds until a request without its whole answer counts as hung. */
  ask(boundMs: number): Promise<Ended>;
  /** Ends a kept connection, and what is under way. */
  leave(): void;
}

/** @param keeps Whether its connection stays open, as long as the server does not say that it ends; else there is a new one for each request. */
export function newVisitor(target: Target, path: string, keeps: boolean, now: () => number): Visitor {
  const { secure, place, name } = target;
  const agent = keeps ? new (secure ? HttpsAgent : HttpAgent)({ keepAlive: true, maxSockets: 1 }) : false;
  const options = { ...place, path, agent, headers: { host: hostOf(target), "user-agent": "drover-prove" } };
  let underWay: ClientRequest | null = null;
  return {
    ask: async (boundMs) => {
      // A certificate for the app's own names says nothing of loopback.
      const tls = secure ? { servername: name, rejectUnauthorized: false } : {};
      underWay = (secure ? httpsRequest : httpRequest)({ ...options, ...tls } as RequestOptions);
      const sentAt = now();
      const end = await outcomeOf(underWay, boundMs);
      return { sentAt, endedAt: now(), ...end };
    },
    leave: () => {
      underWay?.destroy();
      if (agent) agent.destroy();
    },
  };
}

function hostOf({ place, name }: Target): string {
  return "port" in place ? `${name}:${place.port}` : name;
}

type End = Pick<Ended, "status" | "cause">;

async function outcomeOf(request: ClientRequest, boundMs: number): Promise<End> {
  const { promise, resolve } = Promise.withResolvers<End>();
  const lose = (cause: NonNullable<End["cause"]>): void => resolve({ status: null, cause });
  let begun = false;
  request.on("response", (response) => {
    begun = true;
    response.on("end", () => {
      if (response.complete) resolve({ status: response.statusCode ?? 0, cause: null });
    });
    response.on("error", () => lose("truncated")).on("close", () => lose("truncated"));
    response.resume();
  });
  request.on("error", (error) => lose(begun ? "truncated" : causeOf(error)));
  request.on("close", () => lose(begun ? "truncated" : "reset"));
  const timer = setTimeout(() => lose("hung"), boundMs);
  request.end();
  const end = await promise;
  clearTimeout(timer);
  if (end.status === null) request.destroy();
  return end;
}

function causeOf({ code = "" }: NodeJS.ErrnoException): "refused" | "garbled" | "reset" {
  if (code === "ECONNREFUSED" || code === "ENOENT") return "refused";
  return code.startsWith("HPE_") ? "garbled" : "reset";
}
