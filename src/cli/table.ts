/** Lines whose cells begin in the same columns. The last cell of a row is not padded. */
export function alignRows(rows: readonly (readonly string[])[]): string {
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? [];
  return rows
    .map(
      (row) =>
        `${row
          .map((cell, column) => cell.padEnd(widths[column] ?? 0))
          .join("  ")
          .trimEnd()}\n`,
    )
    .join("");
}

/** `left` in a column of its own, `right` wrapped beside it at `width`. */
export function hangingLine(left: string, indent: number, right: string, width: number): string {
  const lines = [left.length + 2 > indent ? `${left}  ` : left.padEnd(indent)];
  for (const word of right.split(" ")) {
    const line = lines.at(-1) ?? "";
    if (line.length + word.length >= width && line.trim() !== "") lines.push(" ".repeat(indent) + word);
    else lines[lines.length - 1] = line.endsWith(" ") ? line + word : `${line} ${word}`;
  }
  return `${lines.join("\n")}\n`;
}
