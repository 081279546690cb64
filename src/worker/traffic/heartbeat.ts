import { setInterval } from "node:timers";
import { BEAT, type InspectorState, type ToPrimary } from "../../protocol/ipc.ts";
import type { Channel } from "../channel.ts";
import { FigureTaker } from "./figures.ts";
import type { Traffic } from "./traffic.ts";
import { underWay } from "./under-way.ts";

/** `every` calls back again and again, that many milliseconds apart. */
interface Time {
  readonly now: () => number;
  readonly every: (ms: number, beat: () => void) => unknown;
}

// What keeps the worker alive is its work, not this. Node's own timers: the app may have put others in their place.
const systemTime: Time = { now: () => performance.now(), every: (ms, beat) => setInterval(beat, ms).unref() };

/** Says now and once a second that the event loop turns, and what it is busy with. From now until the process ends: silence is news. */
export function sendBeats(
  traffic: Traffic,
  channel: Pick<Channel, "send">,
  inspector: () => InspectorState,
  time = systemTime,
): void {
  const figures = new FigureTaker(traffic);
  let due = time.now();
  let isSent = true;
  const beat = (): void => {
    const now = time.now();
    const late = Math.max(0, now - due);
    due = now + BEAT;
    // A primary that is stopped reads nothing: what it has not read yet says enough, and more would only fill the memory.
    if (!isSent) return;
    isSent = false;
    const told = { figures: figures.now(late), underWay: underWay(traffic, now), inspector: inspector() };
    const message: ToPrimary = { type: "beat", ...told };
    channel.send(message, () => (isSent = true));
  };
  beat();
  time.every(BEAT, beat);
}
