import { readFileSync } from "node:fs";
import { SourceMap } from "node:module";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { inspect } from "node:util";
import { OWN_FOLDER } from "../../own-files.ts";
import type { ErrorReport } from "../../protocol/ipc.ts";
import { locateSyntaxError } from "./locate-syntax-error.ts";

/** Any thrown value as plain data. Stacks are mapped back to the sources here, at the end: Node's own option slows every error. */
export function reportOf(thrown: unknown): ErrorReport {
  if (!(thrown instanceof Error)) {
    const text = inspect(thrown);
    return { name: typeof thrown, message: text, stack: `Uncaught ${text}` };
  }
  const { name, message } = thrown;
  const { code, hint } = thrown as { readonly code?: unknown; readonly hint?: unknown };
  // The app's copy of Drover has a class of its own.
  const isOurs = name === "AppError" && typeof hint === "string";
  return {
    name,
    message,
    // What Drover says of an export or a listener happened nowhere in the app.
    stack: code === "APP_NOT_SERVABLE" || code === "TLS_NOT_SERVED" ? "" : mapStack(fullStack(thrown)),
    ...(typeof code === "string" ? { code } : {}),
    ...(isOurs ? { hint } : {}),
  };
}

/** As {@link reportOf}, with the place of a syntax error, where the error itself does not tell it. */
export function reportBootError(thrown: unknown, entry: string): ErrorReport {
  const report = reportOf(thrown);
  if (!(thrown instanceof SyntaxError) || PLACE.test(report.stack)) return report;
  const place = locateSyntaxError(entry);
  return place ? { ...report, stack: `${place}\n\n${report.stack}` } : report;
}

/** Node puts the place of a CommonJS syntax error in front of the stack. */
const PLACE = /^(?:file:\/\/)?\/\S+:\d+\n/;

function fullStack(error: Error): string {
  const cause = error.cause instanceof Error ? `\n[cause]: ${fullStack(error.cause)}` : "";
  return withoutMachinery(error.stack ?? `${error.name}: ${error.message}`) + cause;
}

/** Ours and Node's module loader: they called the app, they did not fail. */
const MACHINERY = [join(OWN_FOLDER, "worker"), "(node:internal/", "at node:internal/"];

function withoutMachinery(stack: string): string {
  return stack
    .split("\n")
    .filter((line) => !isMachinery(line))
    .join("\n");
}

function isMachinery(line: string): boolean {
  return /^\s+at /.test(line) && MACHINERY.some((part) => line.includes(part));
}

const FRAME = /(?<file>(?:file:\/\/)?\/[^\s():]+):(?<line>\d+):(?<column>\d+)/g;

function mapStack(stack: string): string {
  const maps = new Map<string, SourceMap | null>();
  return stack.replaceAll(FRAME, (frame, file: string, line: string, column: string) => {
    const path = file.startsWith("file:") ? fileURLToPath(file) : file;
    if (!maps.has(path)) maps.set(path, readMap(path));
    const entry = maps.get(path)?.findEntry(Number(line) - 1, Number(column) - 1);
    if (!entry || !("originalSource" in entry)) return frame;
    const source = new URL(entry.originalSource, pathToFileURL(path));
    return `${fileURLToPath(source)}:${entry.originalLine + 1}:${entry.originalColumn + 1}`;
  });
}

const COMMENT = /\/\/# sourceMappingURL=(?<url>\S+)\s*$/;
const INLINE = /^data:application\/json[^,]*;base64,(?<data>.*)$/;

/** A stack without its map still tells something, so nothing here may throw. */
function readMap(path: string): SourceMap | null {
  try {
    const url = COMMENT.exec(readFileSync(path, "utf8"))?.groups?.["url"];
    if (!url) return null;
    const inline = INLINE.exec(url)?.groups?.["data"];
    const json = inline ? Buffer.from(inline, "base64").toString() : readFileSync(resolve(dirname(path), url), "utf8");
    return new SourceMap(JSON.parse(json));
  } catch {
    return null;
  }
}
