import { createHash, randomBytes } from "node:crypto";
import type { TestContext } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import type { Head } from "./answer-reader.ts";
import type { Target } from "./client.ts";
import { startExchange, type Exchange } from "./exchange.ts";

/** How a request that takes long ended. */
export interface Long {
  /** `ok`: complete and as it should be; otherwise what was wrong. */
  readonly outcome: string;
  /** Of the process that answered; 0: there was no answer. */
  readonly pid: number;
  readonly release: string;
  /** The server has said that the connection ends with it. */
  readonly close: boolean;
  /** Wall clock, to compare with the log: when the head of the answer came, and when it ended. */
  readonly headAt: number;
  readonly endedAt: number;
}

/** Wrong when nothing ends in this time. Milliseconds. */
const PATIENCE = 30_000;

/** Carries one out. `check`, of a whole answer: what is wrong with it. */
async function follow(exchange: Exchange, check: (head: Head) => string | undefined): Promise<Long> {
  const timer = setTimeout(() => exchange.finish("hung"), PATIENCE);
  const { outcome, error } = await exchange.ended;
  clearTimeout(timer);
  const endedAt = Date.now();
  const head = exchange.answer;
  const wrong = outcome === "ok" && head ? check(head) : `${outcome} ${error ?? ""}`;
  return {
    outcome: wrong ?? "ok",
    pid: Number(head?.headers.get("x-pid") ?? 0),
    release: head?.headers.get("x-release") ?? "",
    close: exchange.last,
    headAt: exchange.headAt,
    endedAt,
  };
}

export interface Download {
  readonly done: Promise<Long>;
  readonly exchange: Exchange;
}

export interface DownloadOptions {
  readonly bytes: number;
  /** In which the app sends it. Default 0: at once. */
  readonly ms?: number;
}

/** Byte for byte what the app has sent, by its hash. */
export function download(target: Target, { bytes, ms = 0 }: DownloadOptions): Download {
  const hash = createHash("sha256");
  const onBody = (piece: Buffer): void => void hash.update(piece);
  const exchange = startExchange(target, { path: `/download?bytes=${bytes}&ms=${ms}`, onBody });
  const done = follow(exchange, ({ headers }) =>
    hash.digest("hex") === headers.get("x-sha256") ? undefined : "other bytes than sent",
  );
  return { done, exchange };
}

const PIECE = 1000;

/** Sends 1 KB every `everyMs` for `pieces` times; the app must have got the same bytes. */
export async function upload(target: Target, { pieces = 50, everyMs = 100 } = {}): Promise<Long> {
  const body = randomBytes(pieces * PIECE);
  let text = "";
  const exchange = startExchange(target, {
    method: "POST",
    path: "/upload",
    headers: { "content-length": String(body.length) },
    onBody: (piece) => (text += piece.toString()),
  });
  const sha256 = createHash("sha256").update(body).digest("hex");
  const expected = JSON.stringify({ bytes: body.length, sha256 });
  const done = follow(exchange, () => (text === expected ? undefined : `the app got other bytes: ${text}`));
  for (let at = 0; at < body.length && !exchange.channel.destroyed; at += PIECE) {
    exchange.channel.write(body.subarray(at, at + PIECE));
    await delay(everyMs);
  }
  exchange.sent();
  return done;
}

/** Repeats `one` until the test has seen enough. */
class Repeated {
  readonly ended: Long[] = [];
  readonly #loop: Promise<void>;
  #stopped = false;

  constructor(one: () => Promise<Long>) {
    this.#loop = this.#repeat(one);
  }

  /** What was wrong with those that did not end well. */
  get failures(): string[] {
    return this.ended.filter(({ outcome }) => outcome !== "ok").map(({ outcome }) => outcome);
  }

  /** No further one is begun; resolves when the last has ended. */
  async stop(): Promise<readonly Long[]> {
    this.#stopped = true;
    await this.#loop;
    return this.ended;
  }

  async #repeat(one: () => Promise<Long>): Promise<void> {
    while (!this.#stopped) this.ended.push(await one());
  }
}

/** One after the other, ended with the test. */
export function repeat(t: TestContext, one: () => Promise<Long>): Repeated {
  const repeated = new Repeated(one);
  t.after(() => repeated.stop());
  return repeated;
}
