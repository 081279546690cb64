import type { Boot } from "../../protocol/ipc.ts";
import { BodySilence } from "./body-silence.ts";
import { SlowTakers } from "./slow-takers.ts";
import type { Traffic } from "./traffic.ts";

/** How often the streams are looked at, in milliseconds. */
const CHECK = 1_000;

/** Ends streams of HTTP/2 on which the client lets the worker wait: with the body of its request, or with taking the answer. */
export function limitStreams({ http2 }: Traffic, { read, keepAlive }: Boot["timeouts"]): void {
  const silence = new BodySilence(read);
  const takers = new SlowTakers(keepAlive);
  const check = (): void => {
    const now = performance.now();
    for (const [stream, open] of http2.streams) silence.check(stream, open, now);
    const bySession = Map.groupBy(http2.streams.keys(), ({ session }) => session);
    for (const [session, streams] of bySession) if (session) takers.check(session, streams, now);
  };
  setInterval(check, CHECK).unref();
}
