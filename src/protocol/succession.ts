import type { ToStarter } from "./starting.ts";

/**
 * What a primary that takes another one's place is started with, as JSON in {@link SUCCESSION_ENV}, which it deletes. Whoever starts it, the primary before
 * or one of its workers, has it inherit the descriptors that are named here.
 */
export interface Succession {
  readonly version: typeof SUCCESSION_VERSION;
  /** The app's. One of another name could not take its place. */
  readonly name: string;
  /** Null: it is gone, so its successor leads from the start. Else it leads until this one is ready, and both hear of each other over the IPC channel. */
  readonly predecessor: { readonly pid: number } | null;
  /** The last number that a generation was given: the next one is the first here. */
  readonly generation: number;
  /** How many workers there are, and how many the configuration asked for: what was scaled by hand stays. Null: as the configuration says. */
  readonly workers: { readonly size: number; readonly configured: number } | null;
  /** `drover drain` was said. */
  readonly withdrawn: boolean;
  /** How often the worker of a slot was replaced, where it ever was. */
  readonly restarts: readonly { readonly slot: number; readonly count: number }[];
  readonly listeners: readonly InheritedListener[];
  /** The control socket, which listens already. Null: the name is to be claimed. */
  readonly control: number | null;
  /** The health endpoints: the option as it was written, and where they listen already. */
  readonly admin: { readonly written: string; readonly fd: number } | null;
}

/** A bound socket, as `inherited` of a worker's Boot has it. */
export interface InheritedListener {
  /** The `addressKey` of what was asked for. */
  readonly key: string;
  readonly fd: number;
  /** systemd's name of it. Left out: it is Drover's own, to be closed and its file to be removed when nobody wants it any more. */
  readonly passed?: string;
}

export const SUCCESSION_ENV = "DROVER_SUCCESSION";
export const SUCCESSION_VERSION = 1;

/** From a successor to the primary whose place it takes, until that one has gone. */
export type ToPredecessor =
  | Extract<ToStarter, { readonly type: "progress" | "failed" }>
  /** All its workers serve. `kept`: keys of the listeners it has inherited and uses. */
  | { readonly type: "ready"; readonly kept: readonly string[]; readonly drover: string; readonly node: string }
  /** It answers verbs and probes from here on. */
  | { readonly type: "leads" }
  /** The app is being stopped, and whoever still drains with it. */
  | { readonly type: "stop"; readonly now: boolean };

/** From the primary before: it has let go of what only one may have. */
export interface ToSuccessor {
  readonly type: "lead";
}
