import { basename, join } from "node:path";
import { describeMachine } from "./machine.ts";
import { progress } from "./progress.ts";
import { save, type Section } from "./report.ts";

/** What is measured: entries that take turns, and how their figures are shown. */
export interface Bench<Entry, Run> {
  /** Of the files of its results. */
  readonly name: string;
  readonly title: string;
  /** What was measured how, in a few sentences. */
  readonly method: string;
  readonly entries: readonly Entry[];
  readonly run: (entry: Entry) => Promise<Run>;
  /** One line about a run, for whoever watches. */
  readonly show: (entry: Entry, run: Run) => string;
  readonly sections: (results: readonly Result<Entry, Run>[]) => readonly Section[];
}

/** What one entry gave in one round, from 1. */
export type Result<Entry, Run> = Entry & { readonly round: number; readonly run: Run };

/** What every bench can be told, for `parseArgs`. */
export const COMMON_OPTIONS = {
  rounds: { type: "string", default: "7" },
  out: { type: "string", default: join(import.meta.dirname, "results") },
  help: { type: "boolean", short: "h", default: false },
} as const;

/** Lets the entries take turns, keeps the results in the folder `out`, and prints the tables. */
export async function perform<Entry extends object, Run>(
  { name, title, method, entries, run, show, sections }: Bench<Entry, Run>,
  { rounds, out }: { readonly rounds: string; readonly out: string },
): Promise<void> {
  const step = progress(entries.length * Number(rounds));
  const results: Result<Entry, Run>[] = [];
  // A B C A B C …: what disturbs the machine for a while disturbs every entry alike.
  for (let round = 1; round <= Number(rounds); round++) {
    for (const entry of entries) {
      const figures = await run(entry);
      results.push({ ...entry, round, run: figures });
      step(show(entry, figures));
    }
  }
  const command = [`node bench/${basename(process.argv[1] ?? "")}`, ...process.argv.slice(2)].join(" ");
  const report = { title, method, command, machine: describeMachine(), sections: sections(results), runs: results };
  process.stdout.write(save(out, name, report));
}
