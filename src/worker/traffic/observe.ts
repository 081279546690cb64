import type { Boot } from "../../protocol/ipc.ts";
import type { Channel } from "../channel.ts";
import { logAccess } from "./access-log.ts";
import { reportLoad } from "./load-report.ts";
import { limitReads } from "./read-timeout.ts";
import { limitStreams } from "./stream-limits.ts";
import type { Traffic } from "./traffic.ts";

/** From here on requests are seen: counted, told of, limited and logged. */
export function observe(
  traffic: Traffic,
  channel: Channel,
  { timeouts, accessLog }: Pick<Boot, "timeouts" | "accessLog">,
): void {
  traffic.watchRequests();
  reportLoad(traffic, channel);
  traffic.onFirstAnswer(() => channel.send({ type: "answered" }));
  limitReads(traffic, timeouts.read);
  limitStreams(traffic, timeouts);
  if (accessLog) logAccess(traffic);
}
