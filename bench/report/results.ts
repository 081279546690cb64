import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { PeerId } from "../peers/peers.ts";
import type { Result } from "../take-turns.ts";
import type { Run } from "../workloads/workload.ts";
import type { WorkloadId } from "../workloads/workloads.ts";
import type { Machine } from "./machine.ts";

/** Who is measured: a peer, on a version of Node; `null`: it runs none. */
export interface Contestant {
  readonly peer: PeerId;
  /** As `24.1.0`. */
  readonly node: string | null;
}

/** All that is known of one workload, as it is kept in `results/WORKLOAD.json`. */
export interface Results {
  readonly workload: WorkloadId;
  readonly machine: Machine;
  /** How to get these figures again. */
  readonly command: string;
  /** Rounds that were run. */
  readonly rounds: number;
  /** What was done, as a multiple of what is done by default. */
  readonly scale: number;
  /** What peers run besides Node: `pm2 7.0.4`. */
  readonly versions: Partial<Record<PeerId, string>>;
  /** Who was to take part and could not, and why. */
  readonly absent: Partial<Record<PeerId, string>>;
  readonly runs: readonly Result<Contestant, Run>[];
}

const fileOf = (folder: string, id: WorkloadId): string => join(folder, `${id}.json`);

export function writeResults(folder: string, results: Results): void {
  mkdirSync(folder, { recursive: true });
  writeFileSync(fileOf(folder, results.workload), `${JSON.stringify(results, null, 2)}\n`);
}

/** Of these workloads, those that were measured. */
export function readResults(folder: string, ids: readonly WorkloadId[]): Results[] {
  return ids
    .map((id) => fileOf(folder, id))
    .filter((file) => existsSync(file))
    .map((file) => JSON.parse(readFileSync(file, "utf8")) as Results);
}
