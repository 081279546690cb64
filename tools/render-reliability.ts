import { readFileSync, writeFileSync } from "node:fs";

const FILE = new URL("../docs/reliability.md", import.meta.url);

interface Finding {
  readonly fault: string;
  readonly sent: number;
  readonly lost: number;
  readonly note: string;
  readonly node: string;
}

/** What one run of the fault tests has recorded (test/support/reliability.ts): one JSON object a line. */
export function readFindings(text: string): Finding[] {
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as Finding);
}

/** The whole of docs/reliability.md. */
export function renderReliability(findings: readonly Finding[]): string {
  const nodes = [...new Set(findings.map(({ node }) => node))].join(", ");
  const rows = findings.toSorted((a, b) => a.fault.localeCompare(b.fault)).map(row);
  return `${intro(nodes)}
| fault | sent | lost | what may be lost, and what else was seen |
|---|---|---|---|
${rows.join("\n")}
`;
}

function intro(nodes: string): string {
  return `# Reliability

<!-- Written by tools/render-reliability.ts from a run of \`npm run test:long\`: run it again instead of changing this. -->

What happens to clients when something goes wrong, or somebody does something to the running app. Each line is a test in \`test/faults\`: real
processes, real signals, and clients that are stricter than yours. They speak to bare sockets, **retry nothing**, account for every request, and
compare every body byte for byte. A request counts as sent when its connection stood, as lost when its whole answer did not come; WebSockets, event
streams, HTTP/2 streams and downloads count as one each. A connection that is refused after a stop is not lost: nobody had accepted it.

From the last run of \`npm run test:long\`, on Node ${nodes}, over loopback on one machine. A line that loses what its last column does not allow is
a failing test.
`;
}

function row({ fault, sent, lost, note }: Finding): string {
  const cells = [fault, sent.toLocaleString("en"), lost.toLocaleString("en"), note];
  return `| ${cells.map((cell) => cell.replaceAll("|", String.raw`\|`)).join(" | ")} |`;
}

const [file] = process.argv.slice(2);
if (import.meta.main && file) writeFileSync(FILE, renderReliability(readFindings(readFileSync(file, "utf8"))));
