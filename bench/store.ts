import { parseArgs } from "node:util";
import { COMMON_OPTIONS, perform } from "./perform.ts";
import { ROWS, type RowId } from "./store/rows.ts";
import { runOnce, type Figures } from "./store/run.ts";
import { sectionOf, type Entry } from "./store/section.ts";
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
    ...COMMON_OPTIONS,
    processes: { type: "string", default: "2" },
    sessions: { type: "string", default: "10000" },
    "in-flight": { type: "string", default: "32" },
    requests: { type: "string", default: "40000" },
    folder: { type: "string", default: "/var/tmp" },
  },
});

async function runAll(): Promise<void> {
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
  await perform<Entry, Figures>(
    {
      name: "store",
      title: `Session stores beside connect-redis, medians of ${values.rounds} rounds (lowest–highest)`,
      method:
        `${scale.processes} processes, ${scale.sessions} sessions of 450 bytes of JSON, ${scale.inFlight} requests under way in each process, ${requests} requests each and run ` +
        "through the `Store` interface of express-session, without HTTP; a request gets its session, and changes and sets or only touches it. " +
        "The rows take turns within each round, each with a store of its own, after a warm-up of half as many requests. " +
        "CPU time is user and system time of the processes, their threads, and redis-server, from /proc. Redis is on TCP loopback and writes nothing to disk; " +
        `the embedded store's file is on ${fileSystemOf(values.folder)}. A stall is the longest time an event loop stood still, in any process; on a machine with other work, a process that waits for a core stands still too.`,
      entries: workloads.flatMap((workload) => rows.map((row) => ({ workload, row }))),
      run: ({ workload, row }) => {
        const inFlight = WORKLOADS[workload].alone ? 1 : scale.inFlight;
        return runOnce({ row, workload, ...scale, inFlight }, values.folder);
      },
      nameOf: ({ workload, row }) => `${workload}, ${ROWS[row].name}`,
      show: ({ operationsPerCpuSecond, worstStall }) =>
        `${operationsPerCpuSecond.toFixed(0)} ops/CPU s, stall ${worstStall.toFixed(0)} ms`,
      sections: (results) => workloads.map((id) => sectionOf(id, results)),
    },
    values,
  );
}

if (values.help) process.stdout.write(HELP);
else await runAll();
