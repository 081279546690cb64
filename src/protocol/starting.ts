import type { Failure, Progress } from "./control.ts";

/** What a primary in the background tells the command that has started it, over its IPC channel, until the app is ready or has failed. */
export type ToStarter =
  | { readonly type: "progress"; readonly progress: Progress }
  /** `text`: the line of the log that says so. The primary then closes the channel. */
  | { readonly type: "ready"; readonly text: string }
  | { readonly type: "failed"; readonly error: Failure };

/** Set for the primary of `drover start -d`, which deletes it. */
export const BACKGROUND_ENV = "DROVER_IN_BACKGROUND";
