import type * as unavailable from "../../src/store/unavailable.ts";

/** The errors of a store, of a second copy of Drover: where an app and what it depends on each have one, doors hear of either's. */
export const another: typeof unavailable = await import(
  new URL("../../src/store/unavailable.ts?another", import.meta.url).href
);
