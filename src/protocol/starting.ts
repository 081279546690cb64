import type { Failure, Progress } from "./control.ts";

/** What a primary in the background tells the command that has started it, over its IPC channel, until the app is ready or has failed. */
export type ToStarter =
  | { readonly type: "progress"; readonly progress: Progress }
  /** `text`: the line of the log that says so. The primary then closes the channel. */
  | { readonly type: "ready"; readonly text: string }
  | { readonly type: "failed"; readonly error: Failure };

/** Set for a primary whose starter hears how its start goes, and deleted by it: {@link IN_BACKGROUND}, or whatever else where it stays attached to what is around it. */
export const BACKGROUND_ENV = "DROVER_IN_BACKGROUND";
/** In a session of its own, with a log file: `drover start -d`. */
export const IN_BACKGROUND = "1";
