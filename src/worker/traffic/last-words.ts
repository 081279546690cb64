import type { LastWords } from "../../protocol/ipc.ts";
import type { CulpritFinder } from "../app/culprit.ts";
import type { Channel } from "../channel.ts";
import type { Traffic } from "./traffic.ts";
import { underWayAtEnd } from "./under-way.ts";

/** To be called where it ends: the culprit is the request whose code runs now. */
export function lastWords(traffic: Traffic, culprit: CulpritFinder): LastWords {
  return { underWay: underWayAtEnd(traffic, performance.now()), culprit: culprit.name() };
}

/** Says them in the `exit` event. */
export function sayLastWords(traffic: Traffic, culprit: CulpritFinder, channel: Pick<Channel, "send">): void {
  // Node would hold it back until the last handle is acknowledged, which nobody here would hear any more.
  Object.assign(process, { _handleQueue: null });
  channel.send({ type: "exiting", ...lastWords(traffic, culprit) });
}
