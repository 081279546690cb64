import type { Certificate } from "../../protocol/tls.ts";
import type { Log } from "../../telemetry/log.ts";
import type { Clock } from "../supervisor.ts";

/** What a generation's TLS servers show and ask for. Changes with the files it comes from. */
export interface GenerationTls {
  readonly certificates: readonly Certificate[];
  readonly clientCa: readonly string[];
}

export interface TlsWorld {
  readonly clock: Clock;
  /** Milliseconds since the epoch: what certificates count in. */
  readonly wallNow: () => number;
  /** From 0 up to 1. */
  readonly random: () => number;
  readonly log: Log;
  readonly environment: NodeJS.ProcessEnv;
}
