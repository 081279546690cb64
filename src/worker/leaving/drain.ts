import type { Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { protocolOf } from "../app/framework.ts";
import type { CapturedServer } from "../sockets/captured-server.ts";
import { idleConnections } from "../traffic/idle-connections.ts";
import type { Traffic } from "../traffic/traffic.ts";
import { closeIdle } from "./close-idle.ts";
import { emptyQueue } from "./empty-queue.ts";
import { LastAnswers } from "./last-answers.ts";

export interface DrainOptions {
  /** `stop`: the addresses go away, their queues are emptied first. `leave`: others go on accepting. */
  readonly mode: "stop" | "leave";
  /** Addresses with which it is the other way round. */
  readonly except: readonly string[];
  /** How long idle keep-alive connections stay open: a client may be sending its next request right now. Milliseconds. */
  readonly idle: number;
  /** Until the deadline, in milliseconds. */
  readonly timeLeft: number;
}

/** How often connections are looked at. Milliseconds. */
const SWEEP = 50;
/** A client in the middle of its TLS handshake is about to ask. Milliseconds. */
const HANDSHAKE_GRACE = 2_000;
/** An event stream never ends by itself; its client connects again when it does. Milliseconds. */
const EVENT_STREAM_GRACE = 2_000;

/**
 * Takes nothing new and resolves when every request is answered, and idle connections, event streams and WebSockets are closed. What Drover cannot
 * read, such as bare TCP, may still be there: {@link allGone} waits for it. Neither has a deadline of its own: see departure.ts.
 *
 * Never by http's own `close()`, which resets connections that have not sent a byte (Node >= 26.4), leaves keep-alive connections
 * serving for ever, and forgets HTTP/2 sessions (Node <= 22).
 */
export async function drain(
  traffic: Traffic,
  servers: readonly CapturedServer[],
  { mode, except, idle, timeLeft }: DrainOptions,
): Promise<void> {
  const deadline = performance.now() + timeLeft;
  const lastAnswers = new LastAnswers();
  lastAnswers.announce(traffic);
  const goesAway = (key: string | null): boolean => (mode === "stop") !== (key !== null && except.includes(key));
  const doors = servers.flatMap((server) => server.unhook(goesAway));
  await emptyQueue(traffic, doors, timeLeft / 2);
  stopAccepting(traffic, servers);
  const startedAt = performance.now();
  // Half of the time for telling clients, the rest for their answers and for whatever else takes long.
  const half = (deadline - startedAt) / 2;
  const grace = Math.min(idle, half);
  traffic.webSockets.sayGoodbye(mode === "stop" ? 1001 : 1012, half, Math.random);
  // A stream is counted when it has closed, which may be after its connection.
  while (traffic.sockets.size + traffic.http2.streams.size > 0) {
    const now = performance.now();
    const graceIsOver = now >= Math.max(startedAt, lastAnswers.promisedAt) + grace;
    if (now >= startedAt + Math.min(EVENT_STREAM_GRACE, half)) traffic.endEventStreams();
    const areComing =
      now < startedAt + Math.min(HANDSHAKE_GRACE, half) + grace && clientsAreComing(traffic, grace, now);
    if (graceIsOver) await closeIdle(idleNow(traffic, servers, areComing));
    // A session that has brought no request.
    if (graceIsOver && !areComing) traffic.http2.close();
    traffic.webSockets.endThoseToldBefore(now - grace);
    if (graceIsOver && !areComing && traffic.isIdle()) return;
    await sleep(SWEEP);
  }
}

/**
 * What Drover cannot read is closed, by its client or by the app, and whoever was in the middle of asking was answered.
 * @param patience for those that do not ask to the end, in milliseconds
 */
export async function allGone(traffic: Traffic, patience: number): Promise<void> {
  const end = performance.now() + patience;
  const isOver = (): boolean => performance.now() >= end && traffic.bare.size === 0 && traffic.isIdle();
  while (traffic.sockets.size > 0 && !isOver()) await sleep(SWEEP);
}

function stopAccepting(traffic: Traffic, servers: readonly CapturedServer[]): void {
  for (const server of servers) server.unplug();
  traffic.http2.sayGoaway();
}

/** Somebody is in the middle of a handshake, or has just been: the first request may be on its way. */
function clientsAreComing({ handshakes, securedAt }: Traffic, grace: number, now: number): boolean {
  return handshakes > 0 || now < securedAt + grace;
}

/** `areComing`: whoever has not asked yet may be about to. */
function idleNow(traffic: Traffic, servers: readonly CapturedServer[], areComing: boolean): ReadonlySet<Socket> {
  // Who is to speak first on bare TCP only the app knows.
  const ours = servers.filter(({ front }) => protocolOf(front) !== "tcp");
  // A connection that never sent anything is not idle to Node before 26.4.
  const silent = [
    ...ours.flatMap(({ server }) => traffic.socketsOf(server)),
    ...(areComing ? [] : traffic.secured.keys()),
  ];
  const kept = ours.flatMap(({ front }) => idleConnections(front, traffic));
  return new Set([
    ...kept.filter(({ bytesRead }) => !areComing || bytesRead > 0),
    ...silent.filter(({ bytesRead }) => bytesRead === 0),
  ]);
}
