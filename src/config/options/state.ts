import { orWord } from "../kinds.ts";
import type { Rows } from "../option.ts";
import { storeAddress } from "../store-kind.ts";

/** What the workers share. */
export const STATE = {
  store: {
    group: "State",
    flag: "--store <url>",
    env: "DROVER_STORE",
    foreignEnv: "REDIS_URL",
    kind: orWord("embedded", storeAddress()),
    default: "embedded",
    secret: true,
    help: "where sessions and drover/kv are kept: embedded, sqlite:FILE, redis://…",
  },
} as const satisfies Rows;
