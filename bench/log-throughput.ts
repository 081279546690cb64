import { join } from "node:path";
import { parseArgs } from "node:util";
import { pipedDrover, type Piped } from "./logs/piped-drover.ts";
import type { Peer } from "./peers/peer.ts";
import { COMMON_OPTIONS, perform } from "./perform.ts";
import { median } from "./statistics.ts";
import { begin, untilAllAnswer, type Subject } from "./subject.ts";
import { cpuOf, cpuOfProcess } from "./tree.ts";
import { HELLO } from "./workloads/hello.ts";
import { underLoad } from "./workloads/under-load.ts";

/** What the app's own lines cost on their way through the primary, and what the access log costs per request. */
const WORKERS = 2;
const LINES_PER_SECOND = 100_000;
const MARK = "~".charCodeAt(0);
const SILENCE_LIMIT_MS = 10_000;

const HELP = `node bench/log-throughput.ts [options]: what the lines of an app and the access log cost

  --rounds N         how often each row runs (default: 5)
  --seconds N        for which the app logs (default: 4)
  --requests N       that the access log writes (default: 60000)
  --out FOLDER       where the results go (default: bench/results)
`;

const { values } = parseArgs({
  options: {
    ...COMMON_OPTIONS,
    rounds: { type: "string", default: "5" },
    seconds: { type: "string", default: "4" },
    requests: { type: "string", default: "60000" },
  },
});
const seconds = Number(values.seconds);
const requests = Number(values.requests);

type Run = Readonly<Record<string, number>>;

interface Competitor {
  readonly peer: Peer<Piped>;
  /** A file of `apps/`, without `.js`. */
  readonly app: string;
  readonly measure: (subject: Subject<Piped>) => Promise<Run>;
}

/** Counts the marked lines until all have arrived, or none has for ten seconds. */
function countLines({ stdout }: Piped, expected: number): Promise<number> {
  const { promise, resolve } = Promise.withResolvers<number>();
  let count = 0;
  const silence = setTimeout(() => resolve(count), SILENCE_LIMIT_MS);
  stdout.on("data", (chunk: Buffer) => {
    silence.refresh();
    for (const byte of chunk) if (byte === MARK) count += 1;
    if (count >= expected) resolve(count);
  });
  return promise.finally(() => clearTimeout(silence));
}

async function logLines({ started, open }: Subject<Piped>): Promise<Run> {
  const expected = LINES_PER_SECOND * seconds;
  const [primary = 0] = started.roots;
  const before = { primary: cpuOfProcess(primary), all: cpuOf(started) };
  const since = performance.now();
  const [arrived] = await Promise.all([countLines(started, expected), untilAllAnswer(open, WORKERS, "/go")]);
  const inPrimary = cpuOfProcess(primary) - before.primary;
  const inWorkers = cpuOf(started) - before.all - inPrimary;
  return {
    "primary CPU µs/line": inPrimary / arrived,
    "workers CPU µs/line": inWorkers / arrived,
    "lines/s": arrived / ((performance.now() - since) / 1000),
    "lines lost": expected - arrived,
  };
}

async function answerRequests(subject: Subject<Piped>): Promise<Run> {
  subject.started.stdout.resume();
  const load = { mode: "keep-alive", requests, connections: 32, answer: HELLO, rate: 4000 } as const;
  const {
    "CPU µs/request": cpu = Number.NaN,
    "requests/s": perSecond = Number.NaN,
    errors = 0,
  } = await underLoad(load)(subject, 1);
  return { "CPU µs/request": cpu, "requests/s": perSecond, errors };
}

const lines = (name: string, ...flags: string[]): Competitor => ({
  peer: pipedDrover(name, flags),
  app: "lines",
  measure: logLines,
});
const access = (name: string, ...flags: string[]): Competitor => ({
  peer: pipedDrover(name, flags),
  app: "hello",
  measure: answerRequests,
});

const SECTIONS = [
  {
    title: `${LINES_PER_SECOND / 1000}k lines/s of console.log from ${WORKERS} workers`,
    digits: { "primary CPU µs/line": 2, "workers CPU µs/line": 2, "lines/s": 0, "lines lost": 0 },
    competitors: [
      lines("prefixed, JSON"),
      lines("prefixed, pretty", "--log-format", "pretty"),
      lines("raw (--no-log-prefix)", "--no-log-prefix"),
    ],
  },
  {
    title: "Access log, keep-alive, hello world",
    digits: { "CPU µs/request": 1, "requests/s": 0, errors: 0 },
    competitors: [
      access("off"),
      access("on, raw", "--access-log", "--no-log-prefix"),
      access("on, prefixed", "--access-log"),
    ],
  },
] as const;

async function runOnce({ peer, app, measure }: Competitor): Promise<Run> {
  const env = { LINES: String((LINES_PER_SECOND * seconds) / WORKERS), RATE: String(LINES_PER_SECOND / WORKERS) };
  const file = join(import.meta.dirname, "apps", `${app}.js`);
  const asked = { app: file, workers: WORKERS, protocol: "http", node: process.execPath, env } as const;
  const subject = await begin(peer, asked);
  try {
    return await measure(subject);
  } finally {
    subject.started.stdout.resume();
    await subject.stop();
  }
}

async function runAll(): Promise<void> {
  await perform<Competitor, Run>(
    {
      name: "logs",
      title: `What logging costs, medians of ${values.rounds} rounds`,
      method:
        "Two workers. Every line has some 80 characters and passes through a pipe that is read to the end. " +
        "CPU time is user and system time from /proc; a line that does not arrive is lost.",
      entries: SECTIONS.flatMap((section): readonly Competitor[] => section.competitors),
      run: runOnce,
      nameOf: ({ peer }) => peer.name,
      show: (run) =>
        Object.entries(run)
          .map(([name, value]) => `${value.toFixed(2)} ${name}`)
          .join(", "),
      sections: (results) =>
        SECTIONS.map(({ title, digits, competitors }) => ({
          title,
          columns: ["", ...Object.keys(digits)],
          rows: competitors.map(({ peer }) => [
            peer.name,
            ...Object.entries(digits).map(([name, places]) =>
              median(
                results.filter((result) => result.peer === peer).map(({ run }) => run[name] ?? Number.NaN),
              ).toFixed(places),
            ),
          ]),
          notes: [],
        })),
    },
    values,
  );
}

if (values.help) process.stdout.write(HELP);
else await runAll();
