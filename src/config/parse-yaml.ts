import { LineCounter, isMap, isScalar, parseDocument, type Node } from "yaml";
import { AppError } from "../errors.ts";

/** Throws CONFIG_UNREADABLE with line and column. */
export function parseYaml(source: string, shown: string): unknown {
  const lineCounter = new LineCounter();
  const document = parseDocument(source, { lineCounter, prettyErrors: false });
  const [error] = document.errors;
  if (error === undefined) return document.toJS();
  const reason = error.message.split("\n")[0];
  throw new AppError(
    "CONFIG_UNREADABLE",
    `${shown}${placeAt(lineCounter, error.pos[0])}: ${reason}`,
    "The file must be YAML.",
  );
}

/** `:3:5`, the line and column where a key is set in YAML or JSON, which is YAML too; empty when it cannot be told. */
export function locateKey(source: string, path: readonly string[]): string {
  const lineCounter = new LineCounter();
  let node: unknown = parseDocument(source, { lineCounter }).contents;
  let start: number | undefined;
  for (const key of path) {
    if (!isMap(node)) return "";
    const pair = node.items.find((item) => isScalar(item.key) && String(item.key.value) === key);
    start = (pair?.key as Node | undefined)?.range?.[0];
    node = pair?.value;
  }
  return start === undefined ? "" : placeAt(lineCounter, start);
}

function placeAt(lineCounter: LineCounter, offset: number): string {
  const { line, col } = lineCounter.linePos(offset);
  return `:${line}:${col}`;
}
