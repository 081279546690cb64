import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { AppError } from "../errors.ts";
import { appNames } from "./apps.ts";
import type { Sources } from "./choose.ts";
import type { ConfigFile } from "./file.ts";
import { nearest } from "./nearest.ts";

/**
 * What words of a command line mean beside a config file: names of its apps, or one entry. No word means all of its apps. A name comes
 * before an entry: `./api` is always the entry, which gets the options outside of `apps`.
 * Throws USAGE for words that are neither, CONFIG_INVALID for an app that the file no longer has.
 */
export async function nameApps(
  sources: Sources,
  file: ConfigFile | null,
  words: readonly string[],
): Promise<readonly Sources[]> {
  const names = await appNames(file);
  const [word] = words;
  if (word === undefined) return unnamed(sources, file, names);
  const { entry: _, ...rest } = sources;
  const stranger = words.find((one) => !names.includes(one));
  if (stranger === undefined) return [...new Set(words)].map((app) => ({ ...rest, app }));
  if (words.length > 1) throw strange(file, names, stranger, words);
  if (!existsSync(resolve(sources.cwd, word)) && nearest(word, names)) throw strange(file, names, word, words);
  return [{ ...rest, entry: word }];
}

function unnamed(sources: Sources, file: ConfigFile | null, names: readonly string[]): readonly Sources[] {
  const { app } = sources;
  if (app !== undefined && !names.includes(app)) {
    const message = `${file?.shown ?? "the config file"}: expected the app ${app} in apps, got ${names.join(", ") || "none"}`;
    throw new AppError("CONFIG_INVALID", message, `Put it back, or stop ${app}.`);
  }
  const entry = sources.entry ?? sources.inline?.entry ?? sources.env["DROVER_ENTRY"] ?? "";
  if (app !== undefined || names.length === 0 || entry !== "") return [sources];
  return names.map((name) => ({ ...sources, app: name }));
}

function strange(
  file: ConfigFile | null,
  names: readonly string[],
  stranger: string,
  words: readonly string[],
): AppError {
  if (file === null || names.length === 0) {
    const hint = "Options and arguments of the app go after --. Several apps need a config file with apps.";
    return new AppError("USAGE", `expected one entry, got ${words.length}: ${words.join(", ")}`, hint);
  }
  const meant = nearest(stranger, names);
  const hint = meant === undefined ? `An entry is run alone: drover ${stranger}` : `Did you mean ${meant}?`;
  return new AppError("USAGE", `expected apps of ${file.shown} (${names.join(", ")}), got "${stranger}"`, hint);
}

/** For those who can take only one. */
export function oneOfSeveral(file: ConfigFile | null, apps: readonly Sources[]): AppError {
  const names = apps.map(({ app }) => app).join(", ");
  const message = `${file?.shown ?? "the config file"}: expected one app, got ${apps.length}: ${names}`;
  return new AppError("CONFIG_INVALID", message, "Name one of them, or the entry to run.");
}
