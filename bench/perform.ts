import { join } from "node:path";
import { command } from "./command.ts";
import { describeMachine } from "./report/machine.ts";
import { save } from "./report/save.ts";
import type { Section } from "./report/table.ts";
import { takeTurns } from "./take-turns.ts";

/** What is measured apart from the peers: entries that take turns, and how their figures are shown. */
export interface Bench<Entry, Run> {
  /** Of the files of its results. */
  readonly name: string;
  readonly title: string;
  /** What was measured how, in a few sentences. */
  readonly method: string;
  readonly entries: readonly Entry[];
  readonly run: (entry: Entry) => Promise<Run>;
  readonly nameOf: (entry: Entry) => string;
  /** One line about a run, for whoever watches. */
  readonly show: (run: Run) => string;
  readonly sections: (results: readonly Done<Entry, Run>[]) => readonly Section[];
}

/** What one entry gave in one round, from 1. */
export type Done<Entry, Run> = Entry & { readonly round: number; readonly run: Run };

/** What every bench can be told, for `parseArgs`. */
export const COMMON_OPTIONS = {
  rounds: { type: "string", default: "7" },
  out: { type: "string", default: join(import.meta.dirname, "results") },
  help: { type: "boolean", short: "h", default: false },
} as const;

/** Lets the entries take turns, keeps the results in the folder `out`, and prints the tables. */
export async function perform<Entry extends object, Run>(
  { name, title, method, entries, run, nameOf, show, sections }: Bench<Entry, Run>,
  { rounds, out }: { readonly rounds: string; readonly out: string },
): Promise<void> {
  let markdown = "";
  await takeTurns<Entry, Run>({
    entries,
    rounds: Number(rounds),
    run,
    name: nameOf,
    show,
    save: (results) => {
      const done = results.filter((result): result is typeof result & Done<Entry, Run> => result.run !== undefined);
      const report = { title, method, command: command(), machine: describeMachine() };
      markdown = save(out, name, { ...report, sections: sections(done), runs: results });
    },
  });
  process.stdout.write(markdown);
}
