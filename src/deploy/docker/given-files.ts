import { isAbsolute, relative } from "node:path";
import type { Config } from "../../config/config.ts";
import { isPem } from "../../config/tls-kinds.ts";
import { speaksTls } from "../../config/tls.ts";

/** Files that are no image's, since they hold secrets or are renewed. Each from the app's folder, or its whole path where it is outside of it. */
export interface GivenFiles {
  /** Those that the container cannot do without. */
  readonly mounted: readonly string[];
  /** Those below the folder, used or not. */
  readonly leftOut: readonly string[];
}

export function givenFiles({ envFile, tls }: Config, folder: string): GivenFiles {
  const env = envFile === null ? [] : [envFile];
  const written = (paths: readonly string[]): string[] => [...new Set(paths)].map((path) => fromFolder(path, folder));
  return {
    mounted: written([...env, ...(speaksTls(tls) ? filesOf(tls) : [])]),
    leftOut: written([...env, ...filesOf(tls)]).filter((path) => !isAbsolute(path)),
  };
}

/** Where it is in the container. */
export function placeOf(file: string): string {
  return isAbsolute(file) ? file : `/app/${file}`;
}

function filesOf(tls: Config["tls"]): readonly string[] {
  const sources = [tls, ...tls.certificates].flatMap(({ cert, key, pfx, ca }) => [cert, key, pfx, ...ca]);
  return [...sources, ...tls.clientCa, tls.acme.trust].filter((value) => value !== null && !isPem(value)) as string[];
}

function fromFolder(path: string, folder: string): string {
  const from = relative(folder, path);
  return from.startsWith("..") ? path : from;
}
