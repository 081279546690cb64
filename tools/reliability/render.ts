import { readFileSync, writeFileSync } from "node:fs";
import { SCENARIOS, type Scenario } from "./scenarios.ts";

const FILE = new URL("../../docs/reliability.md", import.meta.url);

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
## What can go wrong

The list is what the tests of other servers (Puma, Unicorn, Gunicorn, HAProxy, nginx, Envoy, systemd, tableflip) taught us to fear, and how each of it ends here.

| | | sent | lost | see |
|---|---|---|---|---|
${SCENARIOS.map((scenario, index) => scenarioRow(index + 1, scenario, findings)).join("\n")}

## Every line of that run

| fault | sent | lost | what may be lost, and what else was seen |
|---|---|---|---|
${rows.join("\n")}
`;
}

function intro(nodes: string): string {
  return `# Reliability

<!-- Written by tools/reliability/render.ts from what a run of the fault tests has recorded: run them again instead of changing this. -->

What happens to clients when something goes wrong, or somebody does something to the running app. Each line is a test in \`test/faults\`: real
processes, real signals, and clients that are stricter than yours. They speak to bare sockets, **retry nothing**, account for every request, and
compare every body byte for byte. A request counts as sent when its connection stood, as lost when its whole answer did not come; WebSockets, event
streams, HTTP/2 streams and downloads count as one each. A connection that is refused after a stop is not lost: nobody had accepted it.

From a run of these tests on Node ${nodes}, over loopback on one machine; \`npm run test:long\` does more of each, and writes this page. A line that loses what its last
column does not allow is a failing test.
`;
}

function row({ fault, sent, lost, note }: Finding): string {
  const cells = [fault, sent.toLocaleString("en"), lost.toLocaleString("en"), note];
  return `| ${cells.map((cell) => cell.replaceAll("|", String.raw`\|`)).join(" | ")} |`;
}

function scenarioRow(number: number, scenario: Scenario, findings: readonly Finding[]): string {
  const figures = (sent: string, lost: string, see: string): string =>
    `| ${number} | ${scenario.what} | ${sent} | ${lost} | ${see} |`;
  if ("isNone" in scenario) return figures("–", "–", `does not apply: ${scenario.isNone}`);
  if ("test" in scenario) return figures("–", "–", `without traffic: ${scenario.test}, “${scenario.says}”`);
  const found = findings.filter(({ fault }) => scenario.faults.test(fault));
  if (found.length === 0) return figures("?", "?", "not in this run");
  const sum = (of: (finding: Finding) => number): string =>
    found.reduce((total, finding) => total + of(finding), 0).toLocaleString("en");
  return figures(
    sum(({ sent }) => sent),
    sum(({ lost }) => lost),
    found.length === 1 ? "one line below" : `${found.length} lines below`,
  );
}

const [file] = process.argv.slice(2);
if (import.meta.main && file) writeFileSync(FILE, renderReliability(readFindings(readFileSync(file, "utf8"))));
