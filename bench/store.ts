import { join } from "node:path";
import { parseArgs } from "node:util";
import { describeMachine } from "./machine.ts";
import { progress } from "./progress.ts";
import { save } from "./report.ts";
import { ROWS, type RowId } from "./store/rows.ts";
import { runOnce } from "./store/run.ts";
import { sectionOf, type Result } from "./store/section.ts";
import { fileSystemOf } from "./store/volume.ts";
import { WORKLOADS, type WorkloadId } from "./store/workloads.ts";

const HELP = `node bench/store.ts [options]: session stores for express-session beside connect-redis, interleaved

  --rounds N         how often each row runs (default: 7)
  --processes N      that share the store (default: 2)
  --sessions N       (default: 10000)
  --in-flight N      requests under way at once in each process (default: 32)
  --requests N       of each process, in each run (default: 40000)
  --folder FOLDER    where the embedded store's file is, on a real disk (default: /var/tmp)
  --out FOLDER       where the results go (default: bench/results)

Needs redis-server (Debian: apt install redis-server), which it starts itself.
`;

const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "7" },
    processes: { type: "string", default: "2" },
    sessions: { type: "string", default: "10000" },
    "in-flight": { type: "string", default: "32" },
    requests: { type: "string", default: "40000" },
    folder: { type: "string", default: "/var/tmp" },
    out: { type: "string", default: join(import.meta.dirname, "results") },
    help: { type: "boolean", short: "h", default: false },
  },
});

async function runAll(): Promise<void> {
  const rounds = Number(values.rounds);
  const requests = Number(values.requests);
  const scale = {
    processes: Number(values.processes),
    sessions: Number(values.sessions),
    inFlight: Number(values["in-flight"]),
    // Long enough for each process to have met nearly every session.
    warmUp: Math.ceil(requests / 2),
    requests,
  };
  const workloads = Object.keys(WORKLOADS) as WorkloadId[];
  const rows = Object.keys(ROWS) as RowId[];
  const entries = workloads.flatMap((workload) => rows.map((row) => ({ workload, row })));
  const step = progress(entries.length * rounds);
  const results: Result[] = [];

  // A B C A B C …: what disturbs the machine for a while disturbs every row alike.
  for (let round = 1; round <= rounds; round++) {
    for (const { workload, row } of entries) {
      const inFlight = WORKLOADS[workload].alone ? 1 : scale.inFlight;
      const figures = await runOnce({ row, workload, ...scale, inFlight }, values.folder);
      results.push({ workload, row, round, figures });
      const { operationsPerCpuSecond, worstStall } = figures;
      step(
        `${workload}, ${ROWS[row].name}: ${operationsPerCpuSecond.toFixed(0)} ops/CPU s, stall ${worstStall.toFixed(0)} ms`,
      );
    }
  }

  const markdown = save(values.out, "store", {
    title: `Session stores beside connect-redis, medians of ${rounds} rounds (lowest–highest)`,
    method:
      `${scale.processes} processes, ${scale.sessions} sessions of 450 bytes of JSON, ${scale.inFlight} requests under way in each process, ${requests} requests each and run ` +
      "through the `Store` interface of express-session, without HTTP; a request gets its session, and changes and sets or only touches it. " +
      "The rows take turns within each round, each with a store of its own, after a warm-up of half as many requests. " +
      "CPU time is user and system time of the processes, their threads, and redis-server, from /proc. Redis is on TCP loopback and writes nothing to disk; " +
      `the embedded store's file is on ${fileSystemOf(values.folder)}. A stall is the longest time an event loop stood still, in any process; on a machine with other work, a process that waits for a core stands still too.`,
    command: ["node bench/store.ts", ...process.argv.slice(2)].join(" "),
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
