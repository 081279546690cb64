/** A value of null leaves the line out, a name that begins with `#` is an offer. */
export type Line = readonly [name: string, value: string | number | null, why?: string];

export interface Section {
  readonly name: string;
  readonly lines: readonly Line[];
}

/** The text of a unit file. systemd has comments on lines of their own only. */
export function unitText(head: string, sections: readonly Section[]): string {
  return `# ${head}\n${sections.map(sectionText).join("")}`;
}

function sectionText({ name, lines }: Section): string {
  return `\n[${name}]\n${lines.map(lineText).join("")}`;
}

function lineText([name, value, why = ""]: Line): string {
  if (value === null) return "";
  return `${why === "" ? "" : `# ${why}\n`}${name}=${value}\n`;
}
