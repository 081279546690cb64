import type { Address } from "./address.ts";
import type { Bequest } from "./bequest.ts";
import type { AppMetrics, ProcessFigures, RequestSeries } from "./metrics.ts";
import type { Sight } from "./notes.ts";
import type { TlsOptions, TlsState } from "./tls.ts";

/**
 * Messages between the primary and its workers. Node hides a message whose `cmd` begins with `NODE_` from the app's own
 * `process.on("message")` and delivers it as `internalMessage` instead; such messages may carry a socket handle as well.
 */
export const CMD = "NODE_DROVER";

/** What a worker needs to know before its first line of the app runs; in the environment variable {@link BOOT_ENV}, which it deletes. */
export interface Boot {
  readonly slot: number;
  readonly generation: number;
  /** Without links. */
  readonly entry: string;
  /** What the app sees as `process.argv[1]`: a `current` link in it is left there. */
  readonly entryAsGiven: string;
  /** Options of Node that Drover has added, and the app's own child processes are not to have. */
  readonly ownOptions: readonly string[];
  /** Descriptors of the listeners that exist already. */
  readonly inherited: readonly { readonly key: string; readonly fd: number }[];
  readonly serve: "auto" | "listen" | "export";
  /** Where an exported app listens; empty for a background worker. */
  readonly addresses: readonly ListenOptions[];
  /** Whether the user has said so, or they are the default. */
  readonly named: boolean;
  /** Whether each slot listens at an address of its own: see {@link spotOf} in address.ts. */
  readonly perSlot: boolean;
  /** Where plain HTTP is sent on to HTTPS. */
  readonly redirects: readonly ListenOptions[];
  /** How `addresses` speak TLS, with certificates from {@link TlsState}. Null: they speak plain HTTP. */
  readonly tls: TlsOptions | null;
  /** Where HTTP/2 is spoken beside HTTP/1.1: over TLS, there and on plain listeners too, or nowhere. */
  readonly http2: "tls" | "all" | "off";
  readonly background: boolean;
  /** The host a user asked for with this port: it stands in where the app's own `listen(port)` names none. */
  readonly hostFor: { readonly port: number; readonly host: string; readonly family: 4 | 6 } | null;
  readonly backlog: number;
  readonly accessLog: boolean;
  /** Whether requests are counted by kind, for /metrics. */
  readonly metrics: boolean;
  /** Whether the primary wants to know which files the app loads. */
  readonly watch: boolean;
  /** Ready only after the app's own `process.send("ready")`. Until it is ready the worker accepts nothing. */
  readonly waitReady: boolean;
  /** Ready only when a GET of this path is answered with 2xx or 3xx. Until then the worker accepts nothing. */
  readonly probe: string | null;
  /** Requests at once, beyond which the worker stops accepting and then answers 503. */
  readonly maxInFlight: number | null;
  /** Whose X-Forwarded-For and its like is believed, as `Config.trustProxy`. Null: the app hears what was sent. */
  readonly trustProxy: readonly string[] | null;
  /** Where Node's diagnostic report of a fatal error goes, as `PID.json`. Null: nowhere. */
  readonly fatalReports: string | null;
  /** Whether the app gets pm2's message `shutdown` after the drain. */
  readonly shutdownMessage: boolean;
  readonly timeouts: {
    readonly drain: number;
    readonly idle: number;
    readonly keepAlive: number;
    readonly headers: number;
    readonly read: number;
    readonly request: number;
  };
}

export const BOOT_ENV = "DROVER_BOOT";

/** The part of Node's `server.listen()` options that Drover fills in for an exported app. */
export type ListenOptions = { readonly port: number; readonly host?: string } | { readonly path: string };

/** An error as plain data, its stack already mapped back to the sources. */
export interface ErrorReport {
  readonly name: string;
  readonly message: string;
  readonly stack: string;
  readonly code?: string;
  /** What to do about it, where the error is one of Drover's own. */
  readonly hint?: string;
}

/** `redirect`: plain HTTP of Drover's own, that is sent on to HTTPS. */
export type Protocol = "http" | "https" | "http2" | "https+http2" | "tcp" | "redirect";

/** Whether browsers reach it by `https:`. */
export function isSecure(protocol: Protocol | null): boolean {
  return protocol === "https" || protocol === "https+http2";
}

export type ToPrimary =
  | { readonly type: "listen"; readonly seq: number; readonly address: Address }
  /** `ownTls`: with certificates of the app's own. */
  | { readonly type: "listening"; readonly key: string; readonly protocol: Protocol; readonly ownTls: boolean }
  /** The app itself closed its server. */
  | { readonly type: "closed"; readonly key: string }
  | {
      readonly type: "ready";
      readonly framework: string;
      readonly background: boolean;
      readonly ownClusterCode: boolean;
    }
  /** What is still missing, in words, for the report of a boot that takes too long. */
  | { readonly type: "not-ready"; readonly reason: string }
  | { readonly type: "boot-failed"; readonly error: ErrorReport; readonly hopeless: boolean }
  /** An uncaught error, or a TERM of its own: the worker has stopped accepting and leaves when its requests are done. */
  | ({ readonly type: "leaving"; readonly signal?: string; readonly error?: ErrorReport } & Partial<LastWords>)
  | { readonly type: "loaded"; readonly files: readonly string[] }
  | { readonly type: "serve-changed" }
  /** The answer to `look`. */
  | { readonly type: "noticed"; readonly sights: readonly Sight[] }
  | { readonly type: "answered" }
  /** The process exits with a connection it has accepted and read nothing from; its handle comes with the message. */
  | { readonly type: "rescue"; readonly key: string }
  /** The process exits by itself. */
  | ({ readonly type: "exiting" } & LastWords)
  | { readonly type: "adopted"; readonly id: number }
  /** Many new connections at once: nobody may stand aside. */
  | { readonly type: "burst" }
  /** The answer to `is-free`. None comes from a worker that does not accept. */
  | { readonly type: "free" }
  /** In-flight requests have reached the cap: it accepts nothing until it says `wants-more`. */
  | { readonly type: "full" }
  /** The drain is over: every request is answered, or (`overdue`) the deadline has come and the rest is cut. */
  | ({ readonly type: "drained" } & DrainReport)
  /** At ready, and every {@link BEAT} from then on until the process ends. `underWay`: the oldest first, at most {@link NAMED_CUTS}, HTTP/2 streams among them. */
  | {
      readonly type: "beat";
      readonly figures: Figures;
      readonly underWay: readonly UnderWay[];
      readonly inspector: InspectorState;
    }
  /** The answer to `report`. */
  | ({ readonly type: "figures"; readonly seq: number } & Figures)
  /** What has changed of these since it was last told. With an admin port only. */
  | { readonly type: "requests"; readonly series: readonly RequestSeries[] }
  /** The answer to `scrape`, and a last word without a question. `app`: null where the app has no registry, or does not answer in time. */
  | {
      readonly type: "scraped";
      readonly seq: number;
      readonly figures: Figures;
      readonly process: ProcessFigures;
      readonly app: AppMetrics | null;
    }
  /** A store of the app's cannot do its work, and why; `null`: it can again. `store` is its name, as `Store.name`. */
  | { readonly type: "store"; readonly store: string; readonly degraded: string | null }
  /** The app has a TLS server of its own, which is to use the state that all share. */
  | { readonly type: "wants-tls" }
  /** All its TLS servers have taken the state of that serial over; or, with an error, those that could not keep what they had. */
  | { readonly type: "tls-applied"; readonly serial: number; readonly error: string | null }
  /** In-flight requests have come below the cap, or no sibling has taken what it left: it wants to accept again. */
  | { readonly type: "wants-more" }
  | { readonly type: "load"; readonly accepted: number; readonly open: number; readonly busy: number };

/** What a leaving worker did for its clients since it was told. */
export interface DrainReport {
  readonly overdue: boolean;
  /** Requests and HTTP/2 streams answered in full. */
  readonly finished: number;
  /** Still open at the deadline, each named: `GET /export`, `WebSocket /chat`, `connection`. At most {@link NAMED_CUTS} of them. */
  readonly cut: readonly { readonly what: string; readonly ms: number }[];
  /** How many there are, named or not. */
  readonly cutCount: number;
  readonly webSockets: number;
  readonly eventStreams: number;
}

export const NAMED_CUTS = 20;

/** How often a worker says that it lives. Milliseconds. */
export const BEAT = 1_000;

/**
 * Node's inspector in a worker. `closed`: it opens on a free port of 127.0.0.1. `own`: closed, and the user has said how it is to be opened,
 * or the app has a use of its own for the signal that does it.
 * `open`: whoever has opened it may have stopped the worker at a breakpoint.
 */
export type InspectorState = "closed" | "own" | "open";

/** What a worker was answering when it came to its end. */
export interface LastWords {
  /** The oldest first; of many the oldest and the youngest. */
  readonly underWay: readonly UnderWay[];
  /** The one whose code ended it, where that can be told. */
  readonly culprit: UnderWay | null;
}

/** A request under way, as reports name it: no query, since secrets travel there. */
export interface UnderWay {
  readonly method: string;
  readonly path: string;
  /** How long so far. */
  readonly ms: number;
}

/** A worker's figures; see Snapshot in control.ts for units. In a beat `eventLoopLagMs` is how late the beat itself was. */
export interface Figures {
  readonly rssBytes: number;
  readonly heapUsedBytes: number;
  readonly elu: number;
  readonly eventLoopLagMs: number;
  readonly connections: number;
  readonly inFlight: number;
  readonly requests: number;
  readonly durations: readonly number[];
}

export type ToWorker =
  /** The answer to `listen`; without `errno` a handle comes with it. */
  | { readonly type: "listener"; readonly seq: number; readonly errno?: number }
  /** The address is given up: an inherited descriptor nobody claimed must go, else its queue fills with nobody to accept. */
  | { readonly type: "released"; readonly key: string }
  /** TLS servers wait for the first: it comes right after the fork where TLS is configured, else as the answer to `wants-tls`. */
  | { readonly type: "tls"; readonly state: TlsState }
  | { readonly type: "is-free" }
  | { readonly type: "step-aside" }
  /** We opened it when the worker hung, and it has come back. */
  | { readonly type: "close-inspector" }
  /** See what in the app is not made for several workers. */
  | { readonly type: "look" }
  /** A connection that a sibling accepted and could not serve; its handle comes with the message. */
  | { readonly type: "adopt"; readonly key: string; readonly id: number }
  /** Accept again; the handle comes with it. */
  | { readonly type: "rejoin"; readonly key: string }
  /** Accept on the listener of a slot without a worker as well, which comes with the message, for the server that listens on `by`. */
  | { readonly type: "cover"; readonly key: string; readonly by: string }
  | { readonly type: "uncover"; readonly key: string }
  /** Should the primary die, this worker may have to start a successor. */
  | { readonly type: "heir"; readonly bequest: Bequest }
  /** The socket of a listener, whoever uses it, which comes with the message: for a successor to inherit. Until `released`. */
  | { readonly type: "keep"; readonly key: string }
  /**
   * `stop`: the addresses go away too, so their queues are emptied first. `leave`: others go on accepting. With those in `except` it is the other way
   * round: sockets that somebody else holds stay, and an address goes that only the former generation wanted.
   */
  | { readonly type: "drain"; readonly mode: "stop" | "leave"; readonly except: readonly string[] }
  | { readonly type: "report"; readonly seq: number }
  /** What /metrics is to say; answered with `scraped`. */
  | { readonly type: "scrape"; readonly seq: number };

export type Envelope<Message> = Message & { readonly cmd: typeof CMD };

export function isOurs<Message>(message: unknown): message is Envelope<Message> {
  return typeof message === "object" && message !== null && (message as { cmd?: unknown }).cmd === CMD;
}
