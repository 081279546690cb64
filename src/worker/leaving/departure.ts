import { NAMED_CUTS, type DrainReport } from "../../protocol/ipc.ts";
import { withoutQuery, type Traffic } from "../traffic/traffic.ts";
import { pathOf } from "../traffic/under-way.ts";

type Cut = DrainReport["cut"][number];

/** From the order to leave to the end: counts what becomes of the requests, and says so, at the latest at the deadline. */
export class Departure {
  readonly #traffic: Traffic;
  readonly #tell: (report: DrainReport) => void;
  readonly #requestsBefore: number;

  /** @param deadline In milliseconds from now. */
  constructor(traffic: Traffic, deadline: number, tell: (report: DrainReport) => void) {
    this.#traffic = traffic;
    this.#tell = tell;
    this.#requestsBefore = traffic.requests;
    // What keeps the worker alive is its work, not this.
    setTimeout(() => this.#overdue(), deadline).unref();
    this.soFar();
  }

  /** Should this process die before it can say more, what is open now is lost with it. */
  soFar(): void {
    this.#tell({ overdue: false, ...this.#counts(), cut: [], cutCount: whatIsLeft(this.#traffic).length });
  }

  /** Every request is answered. The deadline stays: the app's own end has to meet it, too. */
  answered(): void {
    this.#tell({ overdue: false, ...this.#counts(), cut: [], cutCount: 0 });
  }

  #overdue(): void {
    const cut = whatIsLeft(this.#traffic).toSorted((a, b) => b.ms - a.ms);
    this.#tell({ overdue: true, ...this.#counts(), cut: cut.slice(0, NAMED_CUTS), cutCount: cut.length });
  }

  #counts(): Pick<DrainReport, "finished" | "webSockets" | "eventStreams"> {
    const { requests, webSockets, eventStreams } = this.#traffic;
    return {
      // The end of an event stream is told by itself.
      finished: Math.max(0, requests - this.#requestsBefore - eventStreams.ended),
      webSockets: webSockets.told,
      eventStreams: eventStreams.ended,
    };
  }
}

/** Not idle connections, nor what its client has left. */
function whatIsLeft(traffic: Traffic): Cut[] {
  const now = performance.now();
  const cut = (what: string, since: number): Cut => ({ what, ms: Math.round(now - since) });
  return [
    ...traffic.inFlight().map(({ response: { req }, since }) => cut(`${req.method} ${pathOf(req)}`, since)),
    ...traffic.http2.streams.values().map(({ headers, since }) => {
      return cut(`HTTP/2 ${headers[":method"]} ${withoutQuery(headers[":path"])}`, since);
    }),
    ...traffic.webSockets.open.map(({ url, since }) => cut(`WebSocket ${withoutQuery(url)}`, since)),
    ...traffic.bare.values().map((since) => cut("connection", since)),
  ];
}
