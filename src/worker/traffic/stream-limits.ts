import type { Http2Session } from "node:http2";
import type { Boot } from "../../protocol/ipc.ts";
import { BodySilence } from "./body-silence.ts";
import { Hoarders } from "./hoarders.ts";
import { SlowTakers } from "./slow-takers.ts";
import type { Traffic } from "./traffic.ts";
import { whileBusy } from "./while-busy.ts";

/** Ends streams of HTTP/2 on which the client lets the worker wait: with the body of its request, or with taking the answer. */
export function limitStreams(traffic: Traffic, { read, keepAlive }: Boot["timeouts"]): void {
  const silence = new BodySilence(read);
  const takers = new SlowTakers(keepAlive);
  const hoarders = new Hoarders();
  const { http2 } = traffic;
  whileBusy(traffic, (now) => {
    for (const [stream, open] of http2.streams.entries()) silence.check(stream, open, now);
    const streams = http2.streams.keys().filter(({ session }) => session);
    const bySession = Map.groupBy(streams, ({ session }) => session as Http2Session);
    // Those without a stream, too: what is known of them is over.
    for (const session of http2.open.keys()) takers.check(session, bySession.get(session) ?? [], now);
    hoarders.check(bySession, now);
  });
}
