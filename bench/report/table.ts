/** A table with what is to be known of it. */
export interface Section {
  readonly title: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
  readonly notes: readonly string[];
}

const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;

/** A Markdown table; all columns but the first are figures, unless `words` says how many are words. */
export function renderTable({ columns, rows }: Pick<Section, "columns" | "rows">, words = 1): string {
  const rule = columns.map((_, column) => (column < words ? "---" : "---:"));
  return [line(columns), line(rule), ...rows.map(line)].join("\n");
}

/** The section under a heading of the second level. */
export function renderSection(section: Section): string {
  const { title, notes } = section;
  const list = notes.map((note) => `- ${note}`).join("\n");
  return [`## ${title}`, renderTable(section), ...(notes.length > 0 ? [list] : [])].join("\n\n");
}
