/** Who is compared: a way to run an app on several cores. */
export interface Peer<Running extends Started = Started> {
  readonly name: string;
  /** Packages that must be installed for it in `peers/`, or a command of the machine; undefined: it comes with Node or is ours. */
  readonly needs?: { readonly packages: readonly string[] } | { readonly command: "nginx" };
  /** It takes part only where a workload names it: what one might switch to, and baselines. */
  readonly reference?: true;
  /** It runs the app in one process, however many workers are asked for. */
  readonly single?: true;
  /** It runs no Node, so that it is measured once, whatever versions of Node the others run on. */
  readonly ownRuntime?: true;
  readonly start: (task: Task) => Promise<Running>;
}

export type Protocol = "http" | "https" | "h2";

/** What a peer is to run. */
export interface Task {
  /** A file that listens on PORT of the environment, as its author would have written it. Absolute. */
  readonly app: string;
  readonly port: number;
  readonly workers: number;
  readonly protocol: Protocol;
  /** The binary of Node, for peers that run on it. */
  readonly node: string;
  /** For the app, as is PORT: TLS_CERT and TLS_KEY among it. */
  readonly env: Readonly<Record<string, string>>;
  /** Empty, and the task's own: for config files and state. It goes away with the task. */
  readonly folder: string;
}

export interface Started {
  /** The roots of its process trees: all that it has started, a daemon that has detached itself among them. */
  readonly roots: readonly number[];
  /** The processes that run the app. In a peer with threads it is the one process. */
  workers(): readonly number[];
  /** Replaces the app's code as its documentation says, and resolves when that is done. Undefined: it cannot. */
  reload?(): Promise<void>;
  /** Ends all processes and resolves when they are gone. */
  stop(): Promise<void>;
}
