import type { Family, Sample } from "../../protocol/metrics.ts";

export const CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8";

/** Families in Prometheus' text format. One without a sample is left out. */
export function render(families: readonly Family[]): string {
  return families.map(renderFamily).join("");
}

function renderFamily({ name, help, type, samples }: Family): string {
  if (samples.length === 0) return "";
  const lines = samples.map(renderSample);
  return `# HELP ${name} ${escapeHelp(help)}\n# TYPE ${name} ${type}\n${lines.join("")}`;
}

function renderSample({ name, labels, value }: Sample): string {
  // By habit the bound comes last.
  const inOrder = labels.toSorted(([one], [other]) => Number(one === "le") - Number(other === "le"));
  const pairs = inOrder.map(([key, text]) => `${key}="${escapeLabel(text)}"`);
  return `${name}${pairs.length > 0 ? `{${pairs.join(",")}}` : ""} ${showValue(Number(value))}\n`;
}

function showValue(value: number): string {
  if (value === Infinity) return "+Inf";
  return value === -Infinity ? "-Inf" : String(value);
}

function escapeHelp(text: string): string {
  return text.replaceAll("\\", "\\\\").replaceAll("\n", "\\n");
}

function escapeLabel(text: string): string {
  return escapeHelp(text).replaceAll('"', '\\"');
}
