import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { WORKLOADS, type WorkloadId } from "../workloads/workloads.ts";
import { readResults } from "./results.ts";
import { renderSummary } from "./summary.ts";
import { renderWorkloadChart } from "./workload-chart.ts";

/** Draws the charts and writes the summary of all workloads whose results are in the folder, and answers how many these are. */
export function render(folder: string): number {
  const all = readResults(folder, Object.keys(WORKLOADS) as WorkloadId[]);
  for (const results of all) {
    const chart = renderWorkloadChart(WORKLOADS[results.workload], results);
    writeFileSync(join(folder, `${results.workload}.svg`), chart);
  }
  if (all.length > 0) writeFileSync(join(folder, "README.md"), renderSummary(all));
  return all.length;
}
