import { NAMED_CUTS, type DrainReport } from "../protocol/ipc.ts";
import type { CapturedServer } from "./captured-server.ts";
import { protocolOf } from "./framework.ts";
import { withoutQuery, type Traffic } from "./traffic.ts";

type Cut = DrainReport["cut"][number];

/** From the order to leave to the end: counts what becomes of the requests, and says so, at the latest at the deadline. */
export class Departure {
  readonly #traffic: Traffic;
  readonly #servers: readonly CapturedServer[];
  readonly #tell: (report: DrainReport) => void;
  readonly #requestsBefore: number;

  /** @param deadline In milliseconds from now. */
  constructor(
    traffic: Traffic,
    servers: readonly CapturedServer[],
    deadline: number,
    tell: (report: DrainReport) => void,
  ) {
    this.#traffic = traffic;
    this.#servers = servers;
    this.#tell = tell;
    this.#requestsBefore = traffic.requests;
    // What keeps the worker alive is its work, not this.
    setTimeout(() => this.#overdue(), deadline).unref();
  }

  /** Every request is answered. The deadline stays: the app's own end has to meet it, too. */
  answered(): void {
    this.#tell({ overdue: false, ...this.#counts(), cut: [], cutCount: 0 });
  }

  #overdue(): void {
    const cut = whatIsLeft(this.#traffic, this.#servers).toSorted((a, b) => b.ms - a.ms);
    this.#tell({ overdue: true, ...this.#counts(), cut: cut.slice(0, NAMED_CUTS), cutCount: cut.length });
  }

  #counts(): Pick<DrainReport, "finished" | "webSockets" | "eventStreams"> {
    const { requests, webSockets, eventStreamsEnded } = this.#traffic;
    return {
      // The end of an event stream is told by itself.
      finished: Math.max(0, requests - this.#requestsBefore - eventStreamsEnded),
      webSockets: webSockets.told,
      eventStreams: eventStreamsEnded,
    };
  }
}

function whatIsLeft(traffic: Traffic, servers: readonly CapturedServer[]): Cut[] {
  const now = performance.now();
  const cut = (what: string, since: number): Cut => ({ what, ms: Math.round(now - since) });
  const bare = servers.filter(({ server }) => protocolOf(server) === "tcp");
  return [
    ...traffic.inFlight().map(({ response: { req }, since }) => cut(`${req.method} ${withoutQuery(req.url)}`, since)),
    ...[...traffic.streams.values()].map(({ what, since }) => cut(what, since)),
    ...traffic.webSockets.open.map(({ url, since }) => cut(`WebSocket ${withoutQuery(url)}`, since)),
    ...bare.flatMap(({ server }) => traffic.socketsOf(server).map(() => cut("connection", now))),
  ];
}
