import type { WrittenAddress } from "../../config/address.ts";
import type { Config } from "../../config/config.ts";

/** What an app is run with under systemd. All paths are absolute. */
export interface Service {
  /** The app's name. */
  readonly name: string;
  /** Node, its own options, and Drover. */
  readonly command: readonly [string, ...string[]];
  /** Of Drover: `start` and all that the user has said. */
  readonly args: readonly string[];
  /** Where it is started, as the user has written it: a `current` link stays one. */
  readonly folder: string;
  readonly account: Account;
  /** Options that were set by variables; none is a secret. */
  readonly variables: Readonly<Record<string, string>>;
  /** Folders, beside what systemd makes for the service, that are written to. */
  readonly writable: readonly string[];
  /** Files and folders that must be there. */
  readonly needed: readonly string[];
  readonly config: Config;
  /** Where systemd listens for it, host names as numbers; empty: it does not. */
  readonly sockets: readonly WrittenAddress[];
  /** Who may connect to its unix sockets beside its own user; null: everybody, unless `config.socketMode` says otherwise. */
  readonly socketGroup: string | null;
  /** Where it binds a port below 1024 by itself. */
  readonly bindsLowPorts: boolean;
}

/** `dynamic`: a user that exists while the service runs. `root`: the primary is root, to be able to give its workers to another user. */
export type Account = { readonly kind: "user"; readonly user: string } | { readonly kind: "dynamic" | "root" };
