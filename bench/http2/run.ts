import { spawn } from "node:child_process";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { begin, type Subject } from "../subject.ts";
import { cpuOf } from "../tree.ts";
import { CONNECTIONS, SERVERS, type Case } from "./cases.ts";
import { load, type Loaded } from "./h2load.ts";
import type { HandshakePlan, Shaken } from "./handshakes.ts";
import { peerOf } from "./peer-of.ts";
import type { Place } from "./place.ts";

/** Figures by name. */
export interface Run {
  /** CPU time of the server's processes for each request or handshake, in µs. */
  readonly cpuMicros: number;
  readonly perSecond: number;
  /** Share of the handshakes that resumed a session, 0..1; 0 for requests. */
  readonly resumed: number;
  readonly errors: number;
}

const REQUESTS = 40_000;
const LEAST_PER_CONNECTION = 100;
const HANDSHAKES = 4_000;
const AT_ONCE = 32;

/** What a run of the load took. */
interface Driven extends Loaded {
  readonly requests: number;
  /** In µs. */
  readonly cpu: number;
}

export async function runCase(one: Case, place: Place, scale: number): Promise<Run> {
  const { workers } = SERVERS[one.server];
  const protocol = one.protocol === "h1" ? "http" : one.protocol;
  const subject = await begin(peerOf(one), { app: one.app, workers, protocol, node: process.execPath, env: {} });
  try {
    const isRequest = one.act === "get" || one.act === "post";
    return await (isRequest ? request(subject, one, place, scale) : shakeHands(subject, one, scale));
  } finally {
    await subject.stop();
  }
}

async function request({ started, port }: Subject, one: Case, { body }: Place, scale: number): Promise<Run> {
  const { protocol, act } = one;
  const each = protocol === "h2" ? { connections: 1, streams: one.streams } : { connections: one.streams, streams: 1 };
  const plan = { port, protocol, act, body, ...each, connections: CONNECTIONS * each.connections };
  const requests = Math.ceil(scale * Math.max(REQUESTS, plan.connections * LEAST_PER_CONNECTION));
  const drive = async (requests: number): Promise<Driven> => {
    const before = cpuOf(started);
    const { seconds, errors } = await load({ ...plan, requests });
    return { requests, seconds, errors, cpu: cpuOf(started) - before };
  };
  await drive(Math.max(Math.ceil(requests / 10), plan.connections));
  // One request on each connection: what the connections cost is not what is measured.
  const opening = await drive(plan.connections);
  const all = await drive(Math.max(requests, 2 * plan.connections));
  const counted = all.requests - opening.requests;
  return {
    cpuMicros: (all.cpu - opening.cpu) / counted,
    perSecond: counted / (all.seconds - opening.seconds),
    resumed: 0,
    errors: all.errors + opening.errors,
  };
}

async function shakeHands({ started, port }: Subject, { act }: Case, scale: number): Promise<Run> {
  const count = Math.ceil(HANDSHAKES * scale);
  const drive = (count: number): Promise<Shaken> => shake({ port, count, atOnce: AT_ONCE, resume: act === "resume" });
  await drive(Math.ceil(count / 10));
  const before = cpuOf(started);
  const since = performance.now();
  const { done, resumed } = await drive(count);
  const seconds = (performance.now() - since) / 1000;
  const cpuMicros = (cpuOf(started) - before) / done;
  return { cpuMicros, perSecond: done / seconds, resumed: resumed / done, errors: count - done };
}

async function shake(plan: HandshakePlan): Promise<Shaken> {
  const script = join(import.meta.dirname, "handshakes.ts");
  const child = spawn(process.execPath, [script, JSON.stringify(plan)], { stdio: ["ignore", "pipe", "inherit"] });
  return JSON.parse(await text(child.stdout)) as Shaken;
}
