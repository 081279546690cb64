import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Machine } from "./machine.ts";
import { renderSection, type Section } from "./table.ts";

/** Where a run's figures are kept: as a table for people, and whole as JSON. */
export interface Report {
  readonly title: string;
  /** What was measured how, in a few sentences. */
  readonly method: string;
  /** How to get these figures again. */
  readonly command: string;
  readonly machine: Machine;
  readonly sections: readonly Section[];
  /** Every single run, for the JSON file. */
  readonly runs: unknown;
}

function toMarkdown({ title, method, command, machine, sections }: Report): string {
  const { node, system, cpu, cores, memoryGB, date } = machine;
  const where = `Node ${node}, ${system}, ${cores} × ${cpu}, ${memoryGB} GB, ${date}. \`${command}\``;
  return `${[`# ${title}`, method, where, ...sections.map(renderSection)].join("\n\n")}\n`;
}

/** Writes `FOLDER/NAME.md` and `FOLDER/NAME.json`, and answers the Markdown. */
export function save(folder: string, name: string, report: Report): string {
  const markdown = toMarkdown(report);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, `${name}.md`), markdown);
  writeFileSync(join(folder, `${name}.json`), `${JSON.stringify(report, null, 2)}\n`);
  return markdown;
}
