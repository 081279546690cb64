import type { Death } from "../protocol/crash.ts";

/** What of a death is the same each time. */
type Facts = Pick<Death, "reason" | "code" | "signal" | "error" | "stack">;

const LONGEST = 300;

/**
 * What makes this death the same as another: its reason, and of an error or a hang what was thrown and in which function of which file, or why that is not known.
 * Lines shift with every release, and ids change with every request.
 * @param root folder of the release, which is left out
 */
export function causeOf(facts: Facts, root: string): string {
  return [facts.reason, ...details(facts, root)].join(" | ").slice(0, LONGEST);
}

function details({ reason, code, signal, error, stack }: Facts, root: string): readonly string[] {
  switch (reason) {
    case "exit-code":
      return [String(code)];
    case "signal":
      return [String(signal)];
    case "hang":
      return [topOf(stack ?? "", root) || normal(stack ?? "", root)];
    case "uncaught":
    case "boot-failed":
    case "not-started":
      return [error?.name ?? "", normal(error?.message ?? "", root), topOf(error?.stack ?? "", root)];
    case "heap-out-of-memory":
    case "oom-killed":
    case "boot-timeout":
      return [];
  }
}

/** The first line of a message, without what is another each time: numbers, ids, what is quoted. */
function normal(message: string, root: string): string {
  const [first = ""] = message.split("\n");
  return first
    .replaceAll(`${root}/`, "")
    .replaceAll(/"[^"]*"|'[^']*'|`[^`]*`/g, '"…"')
    .replaceAll(/\b(?=[\da-f-]*\d)[\da-f][\da-f-]{7,}\b/gi, "…")
    .replaceAll(/\d+/g, "…");
}

const FRAME = /^\s*at (?:(?<name>.+?) \()?(?:file:\/\/)?(?<file>\/[^()]+?):\d+(?::\d+)?\)?$/;

/** The function and file of the app's own first frame; where there is none, of the first. */
function topOf(stack: string, root: string): string {
  const frames = stack.split("\n").flatMap((line) => {
    const { name = "", file } = FRAME.exec(line)?.groups ?? {};
    return file === undefined ? [] : [{ name, file }];
  });
  const isOwn = ({ file }: { readonly file: string }): boolean =>
    file.startsWith(`${root}/`) && !file.includes("/node_modules/");
  const top = frames.find(isOwn) ?? frames[0];
  return top === undefined ? "" : `${top.name} ${top.file.replace(`${root}/`, "")}`.trim();
}

/** Short enough to be typed: eight digits and letters (FNV-1a). */
export function idOf(cause: string): string {
  let hash = 0x81_1c_9d_c5;
  for (const byte of new TextEncoder().encode(cause)) hash = Math.imul(hash ^ byte, 0x01_00_01_93);
  return (hash >>> 0).toString(16).padStart(8, "0");
}
