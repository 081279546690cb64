import type { CulpritFinder } from "../app/culprit.ts";
import type { Channel } from "../channel.ts";
import { sendBeats } from "../traffic/heartbeat.ts";
import type { Traffic } from "../traffic/traffic.ts";
import { answerAutopsy } from "./autopsy.ts";
import { settleInspector } from "./inspector.ts";

/** From ready on, the primary knows whether the event loop turns, and may ask what it is stuck in. */
export function beWatched(traffic: Traffic, channel: Channel, culprit: CulpritFinder): void {
  answerAutopsy(traffic, () => culprit.name());
  sendBeats(traffic, channel, settleInspector());
}
