/** Settings of one section, in order. */
export type Settings = readonly (readonly [name: string, value: string])[];

/** A unit file as systemd.syntax(7) has it, as far as Drover writes such files. */
export function parseUnit(text: string): ReadonlyMap<string, Settings> {
  const sections = new Map<string, [string, string][]>();
  let section: [string, string][] = [];
  for (const line of text.split("\n")) {
    if (/^\s*(?:[#;]|$)/.test(line)) continue;
    const title = /^\[(.+)\]$/.exec(line)?.[1];
    if (title !== undefined) sections.set(title, (section = []));
    else section.push([line.slice(0, line.indexOf("=")), line.slice(line.indexOf("=") + 1)]);
  }
  return sections;
}

/** All values of a setting, as they are written. */
export function valuesOf(unit: ReadonlyMap<string, Settings>, section: string, name: string): readonly string[] {
  return (unit.get(section) ?? []).filter(([key]) => key === name).map(([, value]) => value);
}

/** A value that is one text. */
export function wholeOf(value: string): string {
  return value.replaceAll("%%", "%");
}

/** A value that is words, without their quotes, escapes and specifiers. */
export function wordsOf(value: string): readonly string[] {
  const pattern = /\s*((?:"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|\\.|[^\s"'\\])+)/gy;
  return Array.from(value.matchAll(pattern), ([, word = ""]) => unquoted(word).replaceAll("%%", "%"));
}

/** A command line, where each `$$` is a `$`; of a variable nothing is known here. */
export function commandOf(value: string): readonly string[] {
  const [program = "", ...args] = wordsOf(value);
  return [program, ...args.map((word) => word.replaceAll("$$", "$"))];
}

const LETTERS: Readonly<Record<string, number>> = { a: 7, b: 8, e: 27, f: 12, n: 10, r: 13, s: 32, t: 9, v: 11 };

/** Quoted is a whole word or nothing of it. Escapes stand for bytes, and several bytes may be one character. */
function unquoted(word: string): string {
  const bare = /^(["'])(.*)\1$/su.exec(word)?.[2] ?? word;
  const parts = bare.matchAll(/\\x([0-9a-fA-F]{2})|\\([0-7]{3})|\\(.)|([^\\]+)/gsu);
  const bytes = Array.from(parts, ([, hex, octal, letter, plain]) => {
    if (hex !== undefined) return Buffer.from([Number.parseInt(hex, 16)]);
    if (octal !== undefined) return Buffer.from([Number.parseInt(octal, 8)]);
    if (letter !== undefined) return letter in LETTERS ? Buffer.from([LETTERS[letter] ?? 0]) : Buffer.from(letter);
    return Buffer.from(plain ?? "");
  });
  return Buffer.concat(bytes).toString();
}
