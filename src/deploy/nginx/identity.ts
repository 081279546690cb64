import { createHash } from "node:crypto";

/** What an app is called in nginx, where upstreams, variables and shared memory of all sites are in one room. */
export interface Identity {
  readonly upstream: string;
  /** Of the map, with its `$`. */
  readonly connection: string;
}

/** nginx refuses variables that do not fit into its table as it is by default: 46 characters, with what is put around a name. */
const LONGEST = 28;

/** nginx takes capitals for small letters, so a name with any gets, like one with other characters, a mark of its own. */
export function identify(name: string): Identity {
  const word = new RegExp(`^[a-z0-9][a-z0-9_.-]{0,${LONGEST - 1}}$`).test(name) ? name : marked(name);
  return {
    upstream: `drover_${word}`,
    connection: `$drover_${word.replaceAll(/[.-]/g, "_")}_connection`,
  };
}

function marked(name: string): string {
  const mark = createHash("sha256").update(name).digest("hex").slice(0, 8);
  const words = name.toLowerCase().match(/[a-z0-9]+/g) ?? [];
  const readable = words.join("-").slice(0, LONGEST - mark.length - 1);
  return readable === "" ? mark : `${readable}-${mark}`;
}
