import { roundRobin, schedNone } from "./cluster.ts";
import { drover } from "./drover.ts";
import { node } from "./node.ts";
import type { Peer } from "./peer.ts";

/** In the order of the tables. */
export const PEERS = {
  drover,
  cluster: roundRobin,
  none: schedNone,
  node,
} as const satisfies Record<string, Peer>;

export type PeerId = keyof typeof PEERS;
