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
  /** Requests not answered with 2xx. */
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
  const succeeded = numberIn(output, /^status codes: (\d+) 2xx/m);
  const protocol = /^Application protocol: (.+)$/m.exec(output)?.[1];
  if (code !== 0 || succeeded === null || protocol !== ALPN[plan.protocol])
    throw new Error(`h2load: expected ${plan.requests} answers by ${ALPN[plan.protocol]}, got:\n${output}`);
  return {
    seconds: succeeded / (numberIn(output, /^finished in [^,]+, ([\d.]+) req\/s/m) ?? Number.NaN),
    errors: plan.requests - succeeded,
  };
}

function flagsOf({ protocol, act, body, connections, streams, requests }: LoadPlan): readonly string[] {
  const load = ["-n", String(requests), "-c", String(connections), "-m", String(streams)];
  const version = protocol === "h2" ? [] : ["--h1"];
  return [...load, ...version, ...(act === "post" ? ["-d", body, "-H", "content-type: application/json"] : [])];
}

function numberIn(output: string, pattern: RegExp): number | null {
  const found = pattern.exec(output)?.[1];
  return found === undefined ? null : Number(found);
}
