import { journalMark, type Mark } from "../primary/output/forward.ts";

/** `api | line`. */
export function prettyAppMark(column: string): Mark {
  const prefix = `${column} | `;
  return (lines) => prefix + lines.slice(0, -1).replaceAll("\n", `\n${prefix}`) + "\n";
}

/** `<6>api | line`. */
export function journalAppMark(app: string, stream: "stdout" | "stderr"): Mark {
  return journalMark(`${app} |`, stream);
}

/** A line that is a JSON object keeps its fields and gets the app in front; any other becomes the `msg` of one. */
export function jsonAppMark(app: string, stream: "stdout" | "stderr", now: () => number): Mark {
  const own = `{"app":${JSON.stringify(app)},`;
  const level = stream === "stdout" ? "info" : "error";
  return (lines) => {
    const wrapped = `${own}"level":"${level}","time":${now()},"stream":"${stream}","msg":`;
    const one = (line: string): string =>
      line.startsWith('{"') && line.endsWith("}") ? own + line.slice(1) : `${wrapped}${JSON.stringify(line)}}`;
    return `${lines.slice(0, -1).split("\n").map(one).join("\n")}\n`;
  };
}
