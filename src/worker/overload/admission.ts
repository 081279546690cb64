import type { IncomingMessage, ServerResponse } from "node:http";
import type { ServerHttp2Stream } from "node:http2";
import type { Server, Socket } from "node:net";
import { protocolOf } from "../app/framework.ts";
import { Roster } from "../traffic/roster.ts";
import { CALM, PATIENCE, settled, weigh, type Pressure } from "./overload.ts";
import { refuse, refuseStream } from "./refuse.ts";

export interface AdmissionEffects {
  /** New connections are the siblings' from now on. */
  full(): void;
  /** The worker is to accept again; {@link Admission.reopened} follows when it does. */
  wantsMore(): void;
}

type Emit = (name: string | symbol, ...rest: unknown[]) => boolean;

/** Node's events for a request. */
const REQUESTS: ReadonlySet<string | symbol> = new Set(["request", "checkContinue", "checkExpectation"]);
const UPGRADES: ReadonlySet<string | symbol> = new Set(["upgrade", "connect"]);

/** A request of HTTP/1 or HTTP/2, or a stream of an app that reads streams itself. */
type Work = ServerResponse | ServerHttp2Stream;

/**
 * Lets at most `cap` requests at once through to the app and answers the others 503, over all servers of this worker that speak HTTP.
 * It stands in the `emit` of the server: the one place that comes before every listener of the app.
 */
export class Admission {
  readonly #cap: number;
  readonly #effects: AdmissionEffects;
  readonly #atWork = new Roster<Work>();
  /** Connections that have brought nothing yet: their requests are read a turn or more after they were accepted. */
  readonly #fresh = new Roster<Socket>();
  /** Connections whose requests did not wait for their answers. */
  readonly #pipelined = new Roster<Socket>();
  #pressure: Pressure = CALM;
  #patience: NodeJS.Timeout | undefined;
  #accepted = 0;
  #leaving = false;

  constructor(cap: number, effects: AdmissionEffects) {
    this.#cap = cap;
    this.#effects = effects;
  }

  watch(server: Server): void {
    const protocol = protocolOf(server);
    if (protocol === "tcp") return;
    const connects = protocol === "http" || protocol === "http2" ? "connection" : "secureConnection";
    const emit = server.emit as Emit;
    let connecting: Socket | undefined;
    const admit: Emit = (name, ...rest) => {
      if (name === "connection") this.#accepted += 1;
      if (name === connects) this.#connected((connecting = rest[0] as Socket));
      else if (UPGRADES.has(name)) this.#fresh.delete((rest[0] as IncomingMessage).socket);
      // Begun within the event of its connection, which Node does not name; prior-knowledge.ts does. Its streams count by themselves.
      else if (name === "session") this.#fresh.delete((rest[1] as Socket | undefined) ?? (connecting as Socket));
      const refuseIt = this.#refusal(server, name, rest);
      if (!refuseIt) return emit.call(server, name, ...rest);
      refuseIt();
      return true;
    };
    Object.assign(server, { emit: admit });
  }

  /** Null: what this event is about may reach the app. */
  #refusal(server: Server, name: string | symbol, [first, second]: readonly unknown[]): (() => void) | null {
    if (name === "stream" && server.listenerCount("request") === 0) {
      const stream = first as ServerHttp2Stream;
      return this.#admits(stream) ? null : () => refuseStream(stream);
    }
    if (!REQUESTS.has(name)) return null;
    const [request, response] = [first as IncomingMessage, second as ServerResponse];
    return this.#admits(response, request) ? null : () => refuse(request, response, name !== "request");
  }

  /** It accepts again, from the next turn of the event loop on. */
  reopened(): void {
    setImmediate(() => this.#followQueue());
  }

  /** From now on it only refuses what is above the cap: to whom its connections go is decided. */
  leave(): void {
    this.#leaving = true;
  }

  /** A turn accepts one connection (since libuv 1.45): the first turn that brings none finds the queue empty. */
  #followQueue(): void {
    const before = this.#accepted;
    setImmediate(() => {
      if (this.#accepted === before) this.#pressure = settled(this.#pressure);
      else if (this.#pressure.state === "open") this.#followQueue();
    });
  }

  #connected(socket: Socket): void {
    this.#fresh.set(socket);
    socket.once("close", () => this.#gone(socket));
    this.#weigh();
  }

  #admits(work: Work, request?: IncomingMessage): boolean {
    // An app that has heard `checkContinue` emits `request` itself.
    if (this.#atWork.has(work)) return true;
    if (request) this.#fresh.delete(request.socket);
    if (request && "req" in work && work.socket === null) this.#pipelined.set(request.socket);
    if (this.#atWork.size >= this.#cap) return false;
    this.#atWork.set(work);
    work.once("close", () => this.#done(work));
    this.#weigh();
    return true;
  }

  #done(work: Work): void {
    this.#atWork.delete(work);
    this.#weigh();
  }

  /** On Node 22 a response that still waits for those before it hears nothing of the connection's end. */
  #gone(socket: Socket): void {
    this.#fresh.delete(socket);
    if (this.#pipelined.delete(socket)) {
      for (const work of this.#atWork.keys())
        if ("req" in work && work.req.socket === socket) this.#atWork.delete(work);
    }
    this.#weigh();
  }

  #weigh(now = performance.now()): void {
    if (this.#leaving) return;
    const before = this.#pressure;
    const after = weigh(before, this.#atWork.size + this.#fresh.size, this.#cap, now);
    this.#pressure = after;
    if (after.state === "full" && before.state !== "full") this.#becomesFull(after.since);
    if (before.state === "full" && after.state !== "full") this.#wantsMore();
  }

  #becomesFull(since: number): void {
    // Connections that have been silent for so long are not about to ask.
    const patienceEnds = (): void => {
      this.#fresh.clear();
      this.#weigh(since + PATIENCE);
    };
    this.#patience = setTimeout(patienceEnds, PATIENCE).unref();
    this.#effects.full();
  }

  #wantsMore(): void {
    clearTimeout(this.#patience);
    this.#effects.wantsMore();
  }
}
