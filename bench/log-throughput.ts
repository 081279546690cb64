import { parseArgs } from "node:util";
import { measureLoad } from "./measure.ts";
import { COMMON_OPTIONS, perform } from "./perform.ts";
import { allAnswer, start, type Subject } from "./row-subject.ts";
import { droverRow, type Row } from "./rows.ts";
import { median } from "./statistics.ts";
import { cpuOfProcess, cpuOfTree } from "./tree.ts";

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
  readonly row: Row;
  readonly measure: (subject: Subject) => Promise<Run>;
}

/** Counts the marked lines until all have arrived, or none has for ten seconds. */
function countLines({ stdout }: Subject, expected: number): Promise<number> {
  const { promise, resolve } = Promise.withResolvers<number>();
  let count = 0;
  const silence = setTimeout(() => resolve(count), SILENCE_LIMIT_MS);
  stdout?.on("data", (chunk: Buffer) => {
    silence.refresh();
    for (const byte of chunk) if (byte === MARK) count += 1;
    if (count >= expected) resolve(count);
  });
  return promise.finally(() => clearTimeout(silence));
}

async function logLines(subject: Subject): Promise<Run> {
  const expected = LINES_PER_SECOND * seconds;
  const before = { primary: cpuOfProcess(subject.pid), tree: cpuOfTree(subject.pid) };
  const started = performance.now();
  const [arrived] = await Promise.all([countLines(subject, expected), allAnswer(subject, WORKERS, "/go")]);
  const primary = cpuOfProcess(subject.pid) - before.primary;
  const workers = cpuOfTree(subject.pid) - before.tree - primary;
  return {
    "primary CPU µs/line": primary / arrived,
    "workers CPU µs/line": workers / arrived,
    "lines/s": arrived / ((performance.now() - started) / 1000),
    "lines lost": expected - arrived,
  };
}

async function answerRequests(subject: Subject): Promise<Run> {
  subject.stdout?.resume();
  const plan = { port: subject.port, mode: "keep-alive", requests, connections: 32 } as const;
  const { cpuMicrosPerRequest, requestsPerSecond, errors } = await measureLoad(subject, plan);
  return { "CPU µs/request": cpuMicrosPerRequest, "requests/s": requestsPerSecond, errors };
}

const lines = (name: string, ...flags: string[]): Competitor => ({
  row: droverRow(name, "servers/lines.js", flags),
  measure: logLines,
});
const access = (name: string, ...flags: string[]): Competitor => ({
  row: droverRow(name, "apps/hello.js", flags),
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

async function runOnce({ row, measure }: Competitor): Promise<Run> {
  const env = { LINES: String((LINES_PER_SECOND * seconds) / WORKERS), RATE: String(LINES_PER_SECOND / WORKERS) };
  const subject = await start(row, { workers: WORKERS, env, stdout: "pipe" });
  try {
    await allAnswer(subject, WORKERS);
    return await measure(subject);
  } finally {
    subject.stdout?.resume();
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
      show: ({ row }, run) => {
        const shown = Object.entries(run).map(([name, value]) => `${value.toFixed(2)} ${name}`);
        return `${row.name}: ${shown.join(", ")}`;
      },
      sections: (results) =>
        SECTIONS.map(({ title, digits, competitors }) => ({
          title,
          columns: ["", ...Object.keys(digits)],
          rows: competitors.map(({ row }) => [
            row.name,
            ...Object.entries(digits).map(([name, places]) =>
              median(results.filter((result) => result.row === row).map(({ run }) => run[name] ?? Number.NaN)).toFixed(
                places,
              ),
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
