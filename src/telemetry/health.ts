import { seconds } from "./words.ts";

/** What the health endpoints answer from. */
export interface HealthFacts {
  /** Workers there are to be, and those that are ready. */
  readonly size: number;
  readonly ready: number;
  /** Ready workers below which readiness says no. `null`: half of them. */
  readonly quorum: number | null;
  /** Every first worker has been ready. */
  readonly announced: boolean;
  /** It serves and wants no newcomers: by `drover drain`, or because it was told to stop. */
  readonly lameduck: "drain" | "stop" | null;
  readonly stopping: boolean;
  readonly reloading: boolean;
  /** For how long no worker has been ready, in milliseconds; `null`: one is. */
  readonly noneReadyMs: number | null;
  /** The supervision does not do what it had planned. */
  readonly stuck: boolean;
  /** Stores that cannot do their work, and why. */
  readonly degraded: readonly { readonly store: string; readonly reason: string }[];
}

export interface Answer {
  readonly status: 200 | 404 | 405 | 503;
  readonly headers: Readonly<Record<string, string>>;
  /** What a HEAD leaves out. */
  readonly body: string;
}

interface Check {
  readonly name: string;
  readonly ok: boolean;
  readonly says: string;
}

const ENDPOINTS: Readonly<Record<string, (facts: HealthFacts) => readonly Check[]>> = {
  "/livez": (facts) => [check("loop", true, ""), supervision(facts)],
  "/startupz": (facts) => [start(facts)],
  "/readyz": (facts) => [
    workers(facts, quorumOf(facts)),
    lameduck(facts),
    stop(facts),
    ...reload(facts),
    ...stores(facts),
  ],
  "/up": (facts) => [workers(facts, 1), lameduck(facts), stop(facts)],
};

/** The answer to a request for `url`, which may end with `?verbose`: then each check has a line, as Kubernetes writes them. */
export function answer(method: string, url: string, facts: HealthFacts): Answer {
  const [path = "", query = ""] = url.split("?", 2);
  const checks = Object.hasOwn(ENDPOINTS, path) ? ENDPOINTS[path]?.(facts) : undefined;
  if (!checks)
    return reply(404, `expected one of ${Object.keys(ENDPOINTS).join(", ")}, each also with ?verbose, or /metrics\n`);
  if (method !== "GET" && method !== "HEAD") return notRead();
  const ok = checks.every((one) => one.ok);
  const text = new URLSearchParams(query).has("verbose") ? inFull(path, checks, ok) : inShort(checks);
  return reply(ok ? 200 : 503, text);
}

/** To whoever wants to change something. */
export function notRead(): Answer {
  return reply(405, "expected GET or HEAD\n", { allow: "GET, HEAD" });
}

export function reply(status: Answer["status"], body: string, more: Answer["headers"] = {}): Answer {
  const headers = {
    "content-type": "text/plain; charset=utf-8",
    "content-length": String(Buffer.byteLength(body)),
    "cache-control": "no-store",
    // Whoever asks again asks on a connection of its own: none is kept for those who do not.
    connection: "close",
    ...more,
  };
  return { status, headers, body };
}

function inShort(checks: readonly Check[]): string {
  const failed = checks.filter(({ ok }) => !ok).map(({ name, says }) => `${name}: ${says}\n`);
  return failed.join("") || "ok\n";
}

function inFull(path: string, checks: readonly Check[], ok: boolean): string {
  const lines = checks.map(({ name, ok, says }) => {
    const mark = ok ? `[+]${name} ok` : `[-]${name} failed`;
    return `${mark}${says && `: ${says}`}\n`;
  });
  return `${lines.join("")}${path.slice(1)} check ${ok ? "passed" : "failed"}\n`;
}

function check(name: string, ok: boolean, says: string): Check {
  return { name, ok, says };
}

function supervision({ stuck }: HealthFacts): Check {
  return check("supervision", !stuck, stuck ? "it does not do what is due" : "");
}

function start({ announced, ready, size }: HealthFacts): Check {
  return check(
    "start",
    announced,
    announced ? "every first worker has been ready" : `${ready} of ${size} workers ready`,
  );
}

/** A quorum beyond the workers there are to be, after a scale, could never be met again. */
function quorumOf({ quorum, size }: HealthFacts): number {
  return Math.min(quorum ?? Math.ceil(size / 2), size);
}

function workers({ ready, size, noneReadyMs }: HealthFacts, least: number): Check {
  const since = noneReadyMs === null ? "" : ` for ${seconds(noneReadyMs)}`;
  return check("workers", ready >= least, `${ready} of ${size} ready${since}, at least ${least} needed`);
}

function lameduck({ lameduck }: HealthFacts): Check {
  const says = { drain: "drained by command; undrain ends it", stop: "told to stop" };
  return check("lameduck", lameduck === null, lameduck === null ? "" : says[lameduck]);
}

function stop({ stopping }: HealthFacts): Check {
  return check("stop", !stopping, stopping ? "under way" : "");
}

/** Never a reason to say no: every slot has a worker that serves. */
function reload({ reloading }: HealthFacts): readonly Check[] {
  return reloading ? [check("reload", true, "under way")] : [];
}

/** Nor is this: the requests that need no store are served, and no other instance would have it. */
function stores({ degraded }: HealthFacts): readonly Check[] {
  return degraded.map(({ store, reason }) => check("store", true, `degraded: ${store}: ${reason}`));
}
