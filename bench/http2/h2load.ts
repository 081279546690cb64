import { spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import type { Act, Protocol } from "./cases.ts";

/** What h2load (Debian: `apt install nghttp2-client`) is to do. */
export interface LoadPlan {
  readonly port: number;
  readonly protocol: Protocol;
  readonly act: Act;
  /** The file that `post` sends. */
  readonly body: string;
  readonly connections: number;
  /** On each connection, at once. */
  readonly streams: number;
  readonly requests: number;
}

export interface Loaded {
  readonly seconds: number;
  /** Requests without an answer, or refused: 3xx, 4xx, 5xx. */
  readonly errors: number;
}

const ALPN = { h1: "http/1.1", https: "http/1.1", h2: "h2" } as const;

/** @throws where h2load is missing, fails, or was given another protocol than asked for */
export async function load(plan: LoadPlan): Promise<Loaded> {
  const scheme = plan.protocol === "h1" ? "http" : "https";
  const child = spawn("h2load", [...flagsOf(plan), `${scheme}://127.0.0.1:${plan.port}/`], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  // Rejects when h2load cannot be started.
  const [output, [code]] = await Promise.all([text(child.stdout), once(child, "close") as Promise<[number | null]>]);
  const loaded = read(output, plan);
  if (code !== 0 || loaded === null)
    throw new Error(`h2load: expected ${plan.requests} answers by ${ALPN[plan.protocol]}, got:\n${output}`);
  return loaded;
}

const SECONDS: Readonly<Record<string, number>> = { s: 1, ms: 1e-3, us: 1e-6 };

/** Null for what h2load does not say when all is well. */
function read(output: string, { protocol, requests }: LoadPlan): Loaded | null {
  const spoken = /^Application protocol: (.+)$/m.exec(output)?.[1];
  const [, time, unit = ""] = /^finished in ([\d.]+)(s|ms|us),/m.exec(output) ?? [];
  const [, done, errored] = /^requests: .* (\d+) done, .* (\d+) errored/m.exec(output) ?? [];
  // Of HTTP/1.1 that has no words after its 200, as Hono's answers have none in srvx, h2load says that it succeeded neither nor failed.
  const refused = [...output.matchAll(/(\d+) [345]xx/g)].reduce((sum, [, count]) => sum + Number(count), 0);
  if (spoken !== ALPN[protocol] || done === undefined) return null;
  const seconds = Number(time) * (SECONDS[unit] ?? Number.NaN);
  return { seconds, errors: requests - Number(done) + Number(errored) + refused };
}

function flagsOf({ protocol, act, body, connections, streams, requests }: LoadPlan): readonly string[] {
  const load = ["-n", String(requests), "-c", String(connections), "-m", String(streams)];
  const version = protocol === "h2" ? [] : ["--h1"];
  return [...load, ...version, ...(act === "post" ? ["-d", body, "-H", "content-type: application/json"] : [])];
}
