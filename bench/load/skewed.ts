import { connect } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { quantilesOf } from "./quantiles.ts";
import type { Skewed, SkewPlan } from "./skew-plan.ts";

const [text = "", port] = process.argv.slice(2);
const { requests, rate, heavy } = JSON.parse(text) as SkewPlan;

/** The same numbers in each run, 0..1: every peer meets the same clients. A linear congruence (Numerical Recipes). */
function numbers(seed: number): () => number {
  let state = seed;
  return () => (state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0) / 2 ** 32;
}

/** Whether it was answered as expected. */
function ask(path: string): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  let answer = "";
  const socket = connect(Number(port), "127.0.0.1");
  socket.setEncoding("latin1");
  socket.write(`GET ${path} HTTP/1.1\r\nHost: bench\r\nConnection: close\r\n\r\n`);
  socket.on("data", (piece: string) => (answer += piece));
  socket.on("error", () => resolve(false));
  socket.on("close", () => resolve(/^HTTP\/1\.1 200 [^]*\r\n\r\n[^]*done\n/.test(answer)));
  return promise;
}

const random = numbers(42);
const light: number[] = [];
const asked: Promise<boolean>[] = [];
let due = performance.now();
for (let index = 0; index < requests; index++) {
  due += (-Math.log(1 - random()) / rate) * 1000;
  const isHeavy = random() < heavy;
  const early = due - performance.now();
  if (early > 0) await sleep(early);
  const since = due;
  const answered = ask(isHeavy ? "/heavy" : "/");
  if (!isHeavy) void answered.then((ok) => ok && light.push(performance.now() - since));
  asked.push(answered);
}
const outcomes = await Promise.all(asked);
const skewed: Skewed = { errors: outcomes.filter((ok) => !ok).length, ...quantilesOf(light) };
process.stdout.write(JSON.stringify(skewed));
