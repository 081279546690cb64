import { join } from "node:path";
import { parseArgs } from "node:util";
import { compare } from "./compare.ts";
import { nodesOf } from "./nodes.ts";
import { PEERS, type PeerId } from "./peers/peers.ts";
import { pick } from "./pick.ts";
import { WORKLOADS, type WorkloadId } from "./workloads/workloads.ts";

const HELP = `node bench/run.ts [options]: Drover beside its peers, interleaved, medians over rounds

  --peers LIST       ${Object.keys(PEERS).join(",")} (default: those that a workload is for)
  --workloads LIST   ${Object.keys(WORKLOADS).join(",")} (default: all)
  --node LIST        majors of Node that those run on that run on Node: 22,24,26 (default: this one)
  --rounds N         how often each peer runs (default: 3)
  --scale X          multiplies how much is done (default: 1)
  --out FOLDER       where the results go: JSON and a chart for each workload, README.md for all (default: bench/results)

All of it takes about 50 minutes for each version of Node; a workload, which can be run alone, three. Nothing else should run meanwhile.
For a first look, in a minute: --workloads connection --rounds 2 --scale 0.2 --out look
Peers that are missing are installed into bench/peers/node_modules (npm ci --ignore-scripts, 400 MB). Drover runs from dist: npm run build.
`;

const { values } = parseArgs({
  options: {
    peers: { type: "string" },
    workloads: { type: "string" },
    node: { type: "string" },
    rounds: { type: "string", default: "3" },
    scale: { type: "string", default: "1" },
    out: { type: "string", default: join(import.meta.dirname, "results") },
    help: { type: "boolean", short: "h", default: false },
  },
});

/** @throws Error when it is not a number above 0 */
function numberOf(name: "rounds" | "scale"): number {
  const value = Number(values[name]);
  if (value > 0) return name === "rounds" ? Math.ceil(value) : value;
  throw new Error(`expected --${name} to be a number above 0, got ${values[name]}`);
}

async function runAll(): Promise<void> {
  await compare({
    peers: pick<PeerId>(values.peers, PEERS, "peer"),
    workloads: pick<WorkloadId>(values.workloads, WORKLOADS, "workload"),
    nodes: await nodesOf(values.node),
    rounds: numberOf("rounds"),
    scale: numberOf("scale"),
    out: values.out,
  });
  process.stdout.write(`${join(values.out, "README.md")}\n`);
}

if (values.help) process.stdout.write(HELP);
else {
  await runAll().catch((error: Error) => {
    process.stderr.write(`error: ${error.message}\n`);
    process.exitCode = 2;
  });
}
