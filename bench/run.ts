import { join } from "node:path";
import { parseArgs } from "node:util";
import { describeMachine } from "./machine.ts";
import { progress } from "./progress.ts";
import { save, type Section } from "./report.ts";
import { ROWS, type Row, type RowId } from "./rows.ts";
import { median } from "./statistics.ts";
import { WORKLOADS, type Run, type Workload, type WorkloadId } from "./workloads.ts";

const HELP = `node bench/run.ts [options]: Drover beside node:cluster, interleaved, medians over rounds

  --rows LIST        ${Object.keys(ROWS).join(",")} (default: all)
  --workloads LIST   ${Object.keys(WORKLOADS).join(",")} (default: all)
  --rounds N         how often each row runs (default: 7)
  --workers N        workers of each server (default: 2)
  --scale X          multiplies the number of requests (default: 1)
  --out FOLDER       where the results go (default: bench/results)
`;

interface Result {
  readonly workload: WorkloadId;
  readonly row: RowId;
  readonly round: number;
  readonly run: Run;
}

function pick<Id extends string>(list: string | undefined, known: Readonly<Record<Id, unknown>>, what: string): Id[] {
  const ids = Object.keys(known) as Id[];
  const wanted = list?.split(",") ?? ids;
  const unknown = wanted.filter((name) => !ids.includes(name as Id));
  if (unknown.length > 0) throw new Error(`unknown ${what} ${unknown.join(", ")}; there are ${ids.join(", ")}`);
  return ids.filter((id) => wanted.includes(id));
}

const takesPart = (row: Row, workload: WorkloadId): boolean => !row.single || workload === "first-answer";

/** Median of one figure over all rounds of a row. */
function figure(results: readonly Result[], row: RowId, name: string): number {
  return median(results.filter((result) => result.row === row).map(({ run }) => run[name] ?? Number.NaN));
}

function sectionOf(id: WorkloadId, results: readonly Result[]): Section {
  const workload: Workload = WORKLOADS[id];
  const rows = (Object.keys(ROWS) as RowId[]).filter((row) => results.some((result) => result.row === row));
  const names = Object.keys(workload.digits);
  const ratio = (row: RowId, of: RowId): number =>
    figure(results, row, workload.compare) / figure(results, of, workload.compare);
  return {
    title: workload.title,
    columns: ["", ...names, `× ${ROWS.cluster.name}`],
    rows: rows.map((row) => [
      ROWS[row].name,
      ...names.map((name) => figure(results, row, name).toFixed(workload.digits[name])),
      rows.includes("cluster") ? ratio(row, "cluster").toFixed(2) : "–",
    ]),
    notes: workload.targets
      .filter(({ row, of }) => rows.includes(row) && rows.includes(of))
      .map(({ row, of, atMost }) => {
        const found = ratio(row, of);
        const verdict = found <= atMost ? "met" : "**missed**";
        return `${ROWS[row].name} ÷ ${ROWS[of].name}: ${found.toFixed(3)}, at most ${atMost}: ${verdict}`;
      }),
  };
}

const { values } = parseArgs({
  options: {
    rows: { type: "string" },
    workloads: { type: "string" },
    rounds: { type: "string", default: "7" },
    workers: { type: "string", default: "2" },
    scale: { type: "string", default: "1" },
    out: { type: "string", default: join(import.meta.dirname, "results") },
    help: { type: "boolean", short: "h", default: false },
  },
});

async function runAll(): Promise<void> {
  const rows = pick<RowId>(values.rows, ROWS, "row");
  const workloads = pick<WorkloadId>(values.workloads, WORKLOADS, "workload");
  const rounds = Number(values.rounds);
  const workers = Number(values.workers);
  const entries = workloads.flatMap((workload) =>
    rows.filter((row) => takesPart(ROWS[row], workload)).map((row) => ({ workload, row })),
  );
  const step = progress(entries.length * rounds);
  const results: Result[] = [];

  // A B C A B C …: what disturbs the machine for a while disturbs every row alike.
  for (let round = 1; round <= rounds; round++) {
    for (const { workload, row } of entries) {
      const run = await WORKLOADS[workload].run(ROWS[row], workers, Number(values.scale));
      results.push({ workload, row, round, run });
      const shown = Object.entries(run).map(([name, value]) => `${value.toFixed(1)} ${name}`);
      step(`${workload}, ${ROWS[row].name}: ${shown.join(", ")}`);
    }
  }

  const markdown = save(values.out, "http", {
    title: `Hello world, ${workers} workers, medians of ${rounds} rounds`,
    method:
      "The rows take turns within each round, every server freshly started, after a warm-up of a tenth of the requests. " +
      "CPU time is user and system time of the server's whole process tree from /proc, children that ended included; " +
      "the load comes from another process on the same machine, so CPU per request is the steady figure and requests/s is not.",
    command: ["node bench/run.ts", ...process.argv.slice(2)].join(" "),
    machine: describeMachine(),
    sections: workloads.map((id) =>
      sectionOf(
        id,
        results.filter(({ workload }) => workload === id),
      ),
    ),
    runs: results,
  });
  process.stdout.write(markdown);
}

if (values.help) process.stdout.write(HELP);
else await runAll();
