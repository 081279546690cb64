import type { Resolved } from "../config/config.ts";
import type { AppError } from "../errors.ts";
import type { Action, Outcome } from "../policy/fleet.ts";
import type { Ledger } from "../protocol/control.ts";
import type { PassedSockets } from "./host/systemd/passed-sockets.ts";
import type { Earshot } from "./output/earshot.ts";
import type { Primary } from "./primary.ts";
import type { bind } from "./sockets/bind.ts";
import type { Clock } from "./supervisor.ts";
import type { WorkerHandle } from "./workers/worker-handle.ts";

/** What the primary needs of the world. */
export interface World {
  readonly clock: Clock;
  readonly log: Earshot;
  /** Reads the configuration anew, for a reload. */
  readonly resolve: () => Promise<Resolved>;
  /** Sockets from outside, to listen on. */
  readonly passed: PassedSockets;
  /** Binds an address, at its first use. */
  readonly bind: typeof bind;
  /** Takes a worker's output to where it belongs. */
  readonly carry: (worker: WorkerHandle) => void;
  readonly onAppMessage: (message: unknown, slot: number) => void;
  /** Carries out what was decided: perform.ts, given from outside so that deciding and doing do not import each other. */
  readonly perform: (primary: Primary, action: Action) => void;
  /** Milliseconds since the epoch: what certificates count in. */
  readonly wallNow: () => number;
  /** From 0 up to 1. */
  readonly random: () => number;
  /** The variables Drover was started with. */
  readonly environment: NodeJS.ProcessEnv;
}

export interface End {
  readonly outcome: Outcome;
  /** Why the app could not boot. */
  readonly error: AppError | null;
  /** What the workers finished and cut at the stop. */
  readonly ledger: Ledger;
}
