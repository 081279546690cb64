/** Splits text at blanks as a shell would: quotes keep blanks together. Undefined: a quote is not closed. */
export function splitWords(line: string): string[] | undefined {
  const pattern = /(?:[^\s"']|"[^"]*"|'[^']*')+/g;
  if (/["']/.test(line.replace(pattern, ""))) return undefined;
  return (line.match(pattern) ?? []).map((word) => word.replace(/"([^"]*)"|'([^']*)'/g, "$1$2"));
}
