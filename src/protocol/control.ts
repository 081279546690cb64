import type { LastCrash } from "./crash.ts";
import type { ErrorReport, Protocol } from "./ipc.ts";

/**
 * Messages between a verb and the primary it acts on, over the app's control socket: JSON, one object a line. A connection carries one
 * {@link Request} and its {@link Reply}s, of which the last is `done` or `failed`.
 */
export const CONTROL_VERSION = 1;

/** More is a typing error. */
export const MOST_WORKERS = 1024;

/** What can be asked of a running app. A verb, a signal and the file watcher all ask with one of these. */
export type Command =
  | { readonly verb: "status" }
  | { readonly verb: "reload" }
  | { readonly verb: "restart" }
  /** Exactly one of the two. */
  | { readonly verb: "scale"; readonly to?: number; readonly by?: number }
  | { readonly verb: "stop"; readonly now: boolean }
  | { readonly verb: "drain" }
  | { readonly verb: "undrain" }
  | { readonly verb: "reopen" }
  /** kill -9 of a worker, by `drover prove`: its death is nobody's fault. */
  | { readonly verb: "kill"; readonly pid: number }
  | { readonly verb: "certificates" }
  /** Null: the Node and the Drover that the app was started with, as they are now. Else paths. */
  | { readonly verb: "upgrade"; readonly program: { readonly node: string; readonly cli: string } | null }
  /** Tells what is served, now and whenever that changes, until the app ends or the client goes away. */
  | { readonly verb: "follow" }
  /** Asks the certificate authority now, for all names or these. */
  | { readonly verb: "renew"; readonly names: readonly string[] };

export type Request = { readonly version: number } & Command;

export type Reply =
  | { readonly version: number; readonly type: "progress"; readonly progress: Progress | Served }
  | { readonly version: number; readonly type: "done"; readonly result: Result }
  | { readonly version: number; readonly type: "failed"; readonly error: Failure };

/** A step of a long command: a line to print, and the workers as they are now, to draw. */
export interface Progress {
  readonly text: string;
  readonly workers: readonly WorkerBrief[];
}

/** What a balancer in front is to list, where each slot has an address of its own. */
export interface Served {
  /** Slots to fill. */
  readonly size: number;
  /** Those of them whose address is bound and that have had a ready worker, from the lowest. None while the app starts or stops. */
  readonly slots: readonly number[];
}

export interface WorkerBrief {
  readonly slot: number;
  readonly pid: number;
  readonly generation: number;
  readonly state: "starting" | "ready" | "draining";
}

/** How a command ended well. `text` is one line for people. */
export type Result =
  | { readonly verb: "status"; readonly text: string; readonly snapshot: Snapshot }
  | { readonly verb: "reload" | "restart"; readonly text: string; readonly generation: number; readonly ledger: Ledger }
  | { readonly verb: "scale"; readonly text: string; readonly workers: number }
  | { readonly verb: "stop"; readonly text: string; readonly ledger: Ledger }
  | { readonly verb: "upgrade"; readonly text: string; readonly pid: number; readonly ledger: Ledger }
  | { readonly verb: "certificates"; readonly text: string; readonly certificates: readonly CertificateStatus[] }
  | { readonly verb: "drain" | "undrain" | "reopen" | "kill" | "renew" | "follow"; readonly text: string };

/** `code` is one of errors.ts. */
export interface Failure {
  readonly code: string;
  readonly message: string;
  readonly hint?: string;
}

/** What leaving workers did for their clients, from the order to leave until they were gone. */
export interface Ledger {
  /** Workers that left. */
  readonly workers: number;
  /** From the command to its end, in milliseconds. */
  readonly ms: number;
  /** Requests, HTTP/2 streams included, that leaving workers answered in full. */
  readonly finished: number;
  /** Requests, WebSockets and bare connections that were open at the deadline. Of a worker that died while it left: those open when it was told. */
  readonly cut: number;
  /** WebSockets that got a close frame. */
  readonly webSockets: number;
  /** With this code: 1001 when the app goes away, 1012 when another worker takes over. */
  readonly closeCode: 1001 | 1012;
  /** Event streams ended in good order. */
  readonly eventStreams: number;
}

/** Everything `status` shows. Times are milliseconds, `at` ones since the epoch; `null`: not known. */
export interface Snapshot {
  readonly version: 1;
  readonly name: string;
  readonly pid: number;
  readonly drover: string;
  readonly node: string;
  readonly entry: string;
  readonly generation: number;
  /** `starting`: not all first workers have been ready. `lameduck`: serves, readiness says no. */
  readonly state: "starting" | "running" | "reloading" | "lameduck" | "stopping";
  readonly uptimeMs: number;
  /** Slots to fill. */
  readonly size: number;
  /** Whether a worker that dies is replaced. */
  readonly restart: "always" | "never";
  /** Whether it runs in the background. */
  readonly detached: boolean;
  readonly logFile: string | null;
  /** Where the health endpoints are: `http://127.0.0.1:9000`. */
  readonly admin: string | null;
  readonly listeners: readonly ListenerStatus[];
  /** Where the workers keep what they share; never with a password. */
  readonly store: string;
  /** Stores that cannot do their work, by the word of the workers that use them: requests that need one are answered 503. */
  readonly degraded: readonly DegradedStore[];
  /** In use, the default one first. Empty: Drover terminates no TLS for this app. */
  readonly certificates: readonly CertificateStatus[];
  readonly workers: readonly WorkerStatus[];
  readonly reload: { readonly from: number; readonly to: number; readonly phase: string; readonly ms: number } | null;
  readonly lastReload: LastReload | null;
  /** Since the primary started. */
  readonly lastCrash: LastCrash | null;
}

export interface ListenerStatus {
  readonly address: string;
  readonly protocol: Protocol | null;
  /** Whose it is; null: all workers'. */
  readonly slot: number | null;
  /** The slot of the worker that accepts there while that slot has none; null: nobody. */
  readonly coveredBy: number | null;
}

/** A certificate that is in use. Times are milliseconds since the epoch. */
export interface CertificateStatus {
  readonly names: readonly string[];
  /** Who signed it, in one name: `R11`, `self-signed`. */
  readonly issuer: string;
  readonly notBefore: number;
  readonly notAfter: number;
  /** `EC P-256`, `RSA 2048`. */
  readonly keyType: string;
  /** SHA-256 of the leaf, as OpenSSL writes it. */
  readonly fingerprint: string;
  /** Where it came from: a path, `configuration`, `ACME (letsencrypt)`, `--tls dev`. */
  readonly source: string;
  /** When it is to be renewed; null: not by us. */
  readonly renewsAt: number | null;
  /** Why its last change or renewal was refused, or what is wrong with it; null: all is well. */
  readonly problem: string | null;
}

export interface DegradedStore {
  readonly store: string;
  /** In a few words: `connection refused`. */
  readonly reason: string;
  /** Of the workers that cannot reach it. */
  readonly slots: readonly number[];
  /** For how long. */
  readonly ms: number;
}

export interface LastReload {
  readonly generation: number;
  readonly outcome: "done" | "rolled-back" | "refused";
  readonly at: number;
  readonly text: string;
  readonly error: Failure | null;
  readonly ledger: Ledger | null;
}

/** `connections` to `eventLoopLagMs` are the worker's own word; null when it did not answer in time. */
export interface WorkerStatus extends WorkerBrief {
  readonly uptimeMs: number;
  /** How often the slot has been filled anew, reloads and recycles not counted. */
  readonly restarts: number;
  /** How often a worker of the slot that was well has made way for another, by one of the options `recycle`. */
  readonly recycles: number;
  readonly rssBytes: number | null;
  readonly heapUsedBytes: number | null;
  /** Share of the time since it was last asked that its event loop was busy, 0..1. */
  readonly elu: number | null;
  readonly eventLoopLagMs: number | null;
  readonly connections: number | null;
  readonly inFlight: number | null;
  /** Answered since it started. */
  readonly requests: number | null;
  /**
   * How many of them took how long, from the head of the request to the end of the answer: a count for each of DURATION_BOUNDS (durations.ts), not summed up,
   * and a last one for all above.
   */
  readonly durations: readonly number[] | null;
  /** How the slot's worker before this one ended, where it died. */
  readonly lastExit: LastExit | null;
}

export interface LastExit {
  readonly pid: number;
  readonly at: number;
  readonly reason: string;
  readonly error: Pick<ErrorReport, "name" | "message"> | null;
}
