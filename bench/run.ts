import { parseArgs } from "node:util";
import { COMMON_OPTIONS, perform, type Result } from "./perform.ts";
import { pick } from "./pick.ts";
import type { Section } from "./report.ts";
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

interface Entry {
  readonly workload: WorkloadId;
  readonly row: RowId;
}

type Results = readonly Result<Entry, Run>[];

const takesPart = (row: Row, workload: WorkloadId): boolean => !row.single || workload === "first-answer";

/** Median of one figure over all rounds of a row. */
function figure(results: Results, row: RowId, name: string): number {
  return median(results.filter((result) => result.row === row).map(({ run }) => run[name] ?? Number.NaN));
}

function sectionOf(id: WorkloadId, all: Results): Section {
  const workload: Workload = WORKLOADS[id];
  const results = all.filter((result) => result.workload === id);
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
    ...COMMON_OPTIONS,
    rows: { type: "string" },
    workloads: { type: "string" },
    workers: { type: "string", default: "2" },
    scale: { type: "string", default: "1" },
  },
});

async function runAll(): Promise<void> {
  const rows = pick<RowId>(values.rows, ROWS, "row");
  const workloads = pick<WorkloadId>(values.workloads, WORKLOADS, "workload");
  const workers = Number(values.workers);
  await perform<Entry, Run>(
    {
      name: "http",
      title: `Hello world, ${workers} workers, medians of ${values.rounds} rounds`,
      method:
        "The rows take turns within each round, every server freshly started, after a warm-up of a tenth of the requests. " +
        "CPU time is user and system time of the server's whole process tree from /proc, children that ended included; " +
        "the load comes from another process on the same machine, so CPU per request is the steady figure and requests/s is not.",
      entries: workloads.flatMap((workload) =>
        rows.filter((row) => takesPart(ROWS[row], workload)).map((row) => ({ workload, row })),
      ),
      run: ({ workload, row }) => WORKLOADS[workload].run(ROWS[row], workers, Number(values.scale)),
      show: ({ workload, row }, run) => {
        const shown = Object.entries(run).map(([name, value]) => `${value.toFixed(1)} ${name}`);
        return `${workload}, ${ROWS[row].name}: ${shown.join(", ")}`;
      },
      sections: (results) => workloads.map((id) => sectionOf(id, results)),
    },
    values,
  );
}

if (values.help) process.stdout.write(HELP);
else await runAll();
