import { stripVTControlCharacters } from "node:util";
import type { Progress, WorkerBrief } from "../protocol/control.ts";

export type Paint = (symbol: string, worker: WorkerBrief, newest: boolean) => string;

const SYMBOLS = { starting: "◐", ready: "●", draining: "○" } as const;

/** A step as lines no wider than `width`: the workers, one symbol each, on a line for each generation; below them what is being done. */
export function drawProgress(progress: Progress, elapsed: string, width: number, paint: Paint): readonly string[] {
  const { workers } = progress;
  const generations = [...new Set(workers.map(({ generation }) => generation))].toSorted((a, b) => a - b);
  const labels = generations.map((generation) => `generation ${generation}  `);
  const indent = Math.max(0, ...labels.map(({ length }) => length));
  const pictures = generations.flatMap((generation, index) => {
    const symbols = workers
      .filter((worker) => worker.generation === generation)
      .map((worker) => paint(SYMBOLS[worker.state], worker, index === generations.length - 1));
    return rowsOf(symbols, Math.max(1, Math.floor((width - indent) / 2))).map(
      (row, line) => (line === 0 ? (labels[index] ?? "") : "").padEnd(indent) + row.join(" "),
    );
  });
  return [...pictures, clip(`${elapsed}  ${stepText(progress)}`, width)];
}

/** One line, whatever the app has put into it. */
export function stepText({ text }: Progress): string {
  return stripVTControlCharacters(text.split("\n")[0] ?? "").replaceAll(/\p{Cc}/gu, " ");
}

function rowsOf<T>(cells: readonly T[], perRow: number): readonly (readonly T[])[] {
  const rows = Math.ceil(cells.length / perRow);
  return Array.from({ length: rows }, (_, row) => cells.slice(row * perRow, (row + 1) * perRow));
}

function clip(line: string, width: number): string {
  return line.length <= width ? line : `${line.slice(0, width - 1)}…`;
}
