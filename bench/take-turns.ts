import { progress } from "./report/progress.ts";

/** What takes turns, and how. */
export interface Turns<Entry, Run> {
  readonly entries: readonly Entry[];
  readonly rounds: number;
  readonly run: (entry: Entry) => Promise<Run>;
  readonly name: (entry: Entry) => string;
  /** One line about a run, for whoever watches. */
  readonly show: (run: Run) => string;
  /** All results so far, after each round: what an interruption leaves. */
  readonly save: (results: readonly Result<Entry, Run>[]) => void;
}

/** What one entry gave in one round, from 1, or why it gave nothing. */
export type Result<Entry, Run> = Entry & { readonly round: number } & (
    | { readonly run: Run; readonly failure?: never }
    | { readonly failure: string; readonly run?: never }
  );

/** A B C, B C A, C A B …: what disturbs the machine for a while disturbs every entry alike, and so does whoever ran before. A run that fails is a result as well. */
export async function takeTurns<Entry extends object, Run>(turns: Turns<Entry, Run>): Promise<void> {
  const { entries, rounds, run, name, show, save } = turns;
  const { begin, end } = progress(entries.length * rounds);
  const results: Result<Entry, Run>[] = [];
  for (let round = 1; round <= rounds; round++) {
    const first = (round - 1) % entries.length;
    for (const entry of [...entries.slice(first), ...entries.slice(0, first)]) {
      begin(name(entry));
      try {
        const figures = await run(entry);
        results.push({ ...entry, round, run: figures });
        end(`${name(entry)}: ${show(figures)}`);
      } catch (error) {
        const failure = (error as Error).message;
        results.push({ ...entry, round, failure });
        end(`${name(entry)} failed: ${failure}`);
      }
    }
    save(results);
  }
}
