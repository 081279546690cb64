import type { Option, OptionKey, ValueOf } from "./option.ts";
import { APP } from "./options/app.ts";
import { HEALTH } from "./options/health.ts";
import { LOG } from "./options/log.ts";
import { NETWORK } from "./options/network.ts";
import { RECYCLE } from "./options/recycle.ts";
import { RELOAD } from "./options/reload.ts";
import { STATE } from "./options/state.ts";
import { TIMEOUTS } from "./options/timeouts.ts";
import { TLS } from "./options/tls.ts";
import { WORKERS } from "./options/workers.ts";

/** THE table: one file a group in options/. The order of its rows is the order of `--help` and of the docs. */
export const OPTIONS = {
  ...APP,
  ...NETWORK,
  ...TLS,
  ...WORKERS,
  ...STATE,
  ...RELOAD,
  ...RECYCLE,
  ...HEALTH,
  ...TIMEOUTS,
  ...LOG,
} as const satisfies { readonly [K in OptionKey]: Option<ValueOf<K>> };

/** The rows in order, for those who treat all of them alike. */
export function optionRows(): readonly (readonly [OptionKey, Option<unknown>])[] {
  return Object.entries(OPTIONS) as readonly (readonly [OptionKey, Option<unknown>])[];
}

export function isOptionKey(key: string): key is OptionKey {
  return Object.hasOwn(OPTIONS, key);
}
