import type { Config } from "./config.ts";
import type { Kind } from "./kinds.ts";

export const GROUPS = [
  "App",
  "Network",
  "TLS",
  "Workers",
  "State",
  "Reload",
  "Recycling",
  "Health",
  "Timeouts",
  "Log",
] as const;
export type Group = (typeof GROUPS)[number];

/** One option: everything that is said about it anywhere, `--help`, docs/options.md and the JSON Schema included. */
export interface Option<T> {
  readonly group: Group;
  /** As commander reads it. Null: no flag sets a value. */
  readonly flag: string | null;
  /** The flag without a value that turns the option off, where there is one. */
  readonly off?: { readonly flag: string; readonly help: string };
  /** Null: not settable by an environment variable. */
  readonly env: string | null;
  /** A variable that others have named. It stands in for the default, where nothing says more, and what we do not understand of it was not meant for us. */
  readonly foreignEnv?: string;
  readonly kind: Kind<T>;
  readonly default: T;
  /** Said in place of the default where `default` only stands for a value that is worked out later. */
  readonly computed?: string;
  readonly help: string;
  /** What a person or a program is shown of it is what its kind shows, never the value itself. */
  readonly secret?: true;
  /** The flag may be given several times. */
  readonly repeatable?: true;
  /** Shown in `drover --help`; the others in `drover start --help`. */
  readonly common?: true;
}

/** What the table yields: `Config` before `resolve.ts` has worked out the four values that depend on the app and the machine. */
export type Chosen = Omit<Config, "entry" | "name" | "cwd" | "workers"> & {
  readonly entry: string | null;
  readonly name: string | null;
  readonly cwd: string | null;
  readonly workers: number | "auto";
};

/** `port`, `timeouts.drain`, `tls.acme.email`: a plain object inside `Config` is a section, and its keys are options. */
type Keys<T> = { [K in keyof T & string]: T[K] extends Section<T[K]> ? `${K}.${Keys<T[K]>}` : K }[keyof T & string];
type Section<T> = T extends readonly unknown[]
  ? never
  : T extends object
    ? string extends keyof T
      ? never
      : T
    : never;

/** The default as help, docs and messages write it; `none` for nothing. */
export function showDefault({ kind, computed, default: standard }: Option<unknown>): string {
  return computed ?? kind.show(standard);
}

export type OptionKey = Keys<Chosen>;
export type ValueOf<K extends OptionKey> = At<Chosen, K>;
type At<T, Path extends string> = Path extends keyof T
  ? T[Path]
  : Path extends `${infer Section extends keyof T & string}.${infer Rest}`
    ? At<T[Section], Rest>
    : never;

/** Rows of the table, each with the type its key has in `Config`. */
export type Rows = { readonly [K in OptionKey]?: Option<ValueOf<K>> };
