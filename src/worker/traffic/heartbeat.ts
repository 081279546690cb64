import type { ToPrimary } from "../../protocol/ipc.ts";
import type { Channel } from "../channel.ts";
import { FigureTaker } from "./figures.ts";
import type { Traffic } from "./traffic.ts";
import { underWay } from "./under-way.ts";

/** Milliseconds. */
const INTERVAL = 1_000;

/** `every` calls back again and again, that many milliseconds apart. */
interface Time {
  readonly now: () => number;
  readonly every: (ms: number, beat: () => void) => unknown;
}

// What keeps the worker alive is its work, not this.
const systemTime: Time = { now: () => performance.now(), every: (ms, beat) => setInterval(beat, ms).unref() };

/** Says once a second that the event loop turns, and what it is busy with. From now until the process ends: silence is news. */
export function sendBeats(traffic: Traffic, channel: Pick<Channel, "send">, time = systemTime): void {
  const figures = new FigureTaker(traffic);
  let due = time.now() + INTERVAL;
  let isSent = true;
  time.every(INTERVAL, () => {
    const now = time.now();
    const late = Math.max(0, now - due);
    due = now + INTERVAL;
    // A primary that is stopped reads nothing: what it has not read yet says enough, and more would only fill the memory.
    if (!isSent) return;
    isSent = false;
    const beat: ToPrimary = { type: "beat", figures: figures.now(late), underWay: underWay(traffic, now) };
    channel.send(beat, () => (isSent = true));
  });
}
