import { randomBytes } from "node:crypto";
import { Book, type StrictPlan } from "./account.ts";
import { type Ended, Line } from "./line.ts";

// Whoever starts it hears of each worker when it answers first, and of the account when all has ended after "stop".

export type Told = { readonly worker: string; readonly at: number } | { readonly account: ReturnType<Book["account"]> };

const TICK_MS = 2;
const BODY_BYTES = 2000;
const HELLO = Buffer.from("Hello, world!\n");

const [text = "", port] = process.argv.slice(2);
const { perSecond, kept, boundMs } = JSON.parse(text) as StrictPlan;
const book = new Book();
const regulars: Line[] = [];
const seen = new Set<string>();
let turn = 0;
const underWay = new Set<Promise<void>>();

const tell = (told: Told): void => void process.send?.(told);

/** By chance: in turn, a server that hands out connections in turn would give one worker all that are kept. */
const half = (): boolean => Math.random() < 0.5;

/** A kept connection that is not free is not waited for. */
function lineFor(last: boolean): Line {
  if (last) return new Line(Number(port));
  const place = (turn += 1) % kept;
  const regular = regulars[place];
  const line = regular?.usable ? regular : new Line(Number(port));
  regulars[place] = line;
  return line;
}

async function send(due: number): Promise<void> {
  book.send();
  const last = half();
  const line = lineFor(last);
  const what = half() ? { expected: HELLO } : { body: randomBytes(BODY_BYTES) };
  const { outcome, worker }: Ended = await line.ask({ path: "/", ...what, last }, boundMs);
  book.end(outcome, performance.now() - due);
  if (!regulars.includes(line)) line.close();
  if (worker === undefined || seen.has(worker)) return;
  seen.add(worker);
  tell({ worker, at: performance.timeOrigin + performance.now() });
}

const began = performance.now();
let sent = 0;
const clock = setInterval(() => {
  const dueNow = ((performance.now() - began) / 1000) * perSecond;
  for (; sent < dueNow; sent++) {
    const one = send(began + (sent / perSecond) * 1000).finally(() => underWay.delete(one));
    underWay.add(one);
  }
}, TICK_MS);

async function finish(): Promise<void> {
  clearInterval(clock);
  await Promise.all(underWay);
  for (const line of regulars) line.close();
  tell({ account: book.account() });
  process.disconnect();
}

process.on("message", () => void finish());
// Whoever started it is gone: nobody will ask for the account.
process.on("disconnect", () => process.exit());
