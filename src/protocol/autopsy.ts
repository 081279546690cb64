import type { UnderWay } from "./ipc.ts";

/** The diagnostics channel on which a worker whose event loop is stuck is asked what it is at: an {@link Autopsy} to be filled in. */
export const AUTOPSY_CHANNEL = "drover.autopsy";

/** What the question calls itself in a stack: it stands on top of what it asks about. */
export const AUTOPSY_SOURCE = "drover:autopsy";

/** What a stuck event loop is at. */
export interface Autopsy {
  readonly pid: number;
  /** Mapped back to the sources; without a first line that names an error. */
  readonly stack: string;
  /** The oldest first, at most {@link NAMED_CUTS} of them. */
  readonly underWay: readonly UnderWay[];
  /** The request whose code runs, where that can be told. */
  readonly culprit: UnderWay | null;
}
