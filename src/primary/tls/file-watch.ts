import { lstatSync, readlinkSync, statSync, watch, type FSWatcher } from "node:fs";
import { join, parse, resolve, sep } from "node:path";
import type { Clock } from "../supervisor.ts";

/** Certificate and key are two files, and whoever writes them takes a moment. Milliseconds. */
const SETTLE = 250;
/** Whoever goes on writing for longer is not waited for. */
const LONGEST_SETTLE = 1_000;
/** For file systems that tell nobody: network and some containers' mounts. */
const POLL = 60_000;

/**
 * Calls back when one of some files may hold something else. Folders are watched, not files, since files are replaced; and every folder in which a link lies on the
 * way to a file, since certbot and Kubernetes replace the links.
 */
export class FileWatch {
  readonly #clock: Clock;
  readonly #onChange: () => void;
  readonly #folders = new Map<string, { readonly watcher: FSWatcher; readonly identity: string }>();
  /** What each file held when it was looked at last. */
  #seen: ReadonlyMap<string, string> = new Map();
  #cancelPoll: () => void = () => undefined;
  #cancelSettle: () => void = () => undefined;
  #since: number | null = null;

  constructor(clock: Clock, onChange: () => void) {
    this.#clock = clock;
    this.#onChange = onChange;
  }

  /** From now on these. What a new one holds now is known; of the others a change may still be on its way. */
  set(files: readonly string[]): void {
    this.#seen = new Map(files.map((file) => [file, this.#seen.get(file) ?? identityOf(file)]));
    this.#watchFolders();
    this.#pollLater();
  }

  close(): void {
    this.#cancelPoll();
    this.#cancelSettle();
    for (const folder of this.#folders.keys()) this.#forget(folder);
    this.#seen = new Map();
  }

  #pollLater(): void {
    this.#cancelPoll();
    if (this.#seen.size === 0) return;
    this.#cancelPoll = this.#clock.after(POLL, () => {
      this.#compare();
      this.#pollLater();
    });
  }

  #event(): void {
    const now = this.#clock.now();
    this.#since ??= now;
    this.#cancelSettle();
    const wait = Math.max(0, Math.min(SETTLE, this.#since + LONGEST_SETTLE - now));
    this.#cancelSettle = this.#clock.after(wait, () => {
      this.#since = null;
      this.#compare();
    });
  }

  #compare(): void {
    this.#watchFolders();
    const before = this.#seen;
    this.#seen = new Map([...before.keys()].map((file) => [file, identityOf(file)]));
    if ([...before].some(([file, identity]) => this.#seen.get(file) !== identity)) this.#onChange();
  }

  /** A folder may be another one of the same name by now. */
  #watchFolders(): void {
    const wanted = new Map([...this.#seen.keys()].flatMap(foldersOf).map((folder) => [folder, folderIdentity(folder)]));
    for (const [folder, { identity }] of this.#folders) if (wanted.get(folder) !== identity) this.#forget(folder);
    for (const [folder, identity] of wanted) if (!this.#folders.has(folder)) this.#watch(folder, identity);
  }

  /** What cannot be watched is polled. */
  #watch(folder: string, identity: string): void {
    try {
      const watcher = watch(folder, { persistent: false }, () => this.#event());
      watcher.on("error", () => this.#forget(folder));
      this.#folders.set(folder, { watcher, identity });
    } catch {
      return;
    }
  }

  #forget(folder: string): void {
    this.#folders.get(folder)?.watcher.close();
    this.#folders.delete(folder);
  }
}

function folderIdentity(folder: string): string {
  const stats = statSync(folder, { throwIfNoEntry: false });
  return stats ? `${stats.ino} ${stats.birthtimeMs}` : "";
}

/** What tells one content from another without reading it. */
function identityOf(file: string): string {
  try {
    const { dev, ino, size, mtimeMs, ctimeMs } = statSync(file);
    return [dev, ino, size, mtimeMs, ctimeMs].join(" ");
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? "";
  }
}

/** The kernel gives up after as many. */
const MOST_LINKS = 40;

/** The folder of the file, and those of all links on the way to it, as far as there is a way. */
export function foldersOf(file: string): readonly string[] {
  const folders = new Set<string>();
  let links = 0;
  let rest = resolve(file).slice(parse(file).root.length).split(sep);
  let at = parse(resolve(file)).root;
  while (rest.length > 0) {
    const [name = "", ...others] = rest;
    const target = linkAt(join(at, name));
    if (target === undefined || others.length === 0 || target !== null) folders.add(at);
    if (target === undefined) break;
    if (target === null) {
      at = join(at, name);
      rest = others;
      continue;
    }
    if (++links > MOST_LINKS) break;
    const next = resolve(at, target, ...others);
    at = parse(next).root;
    rest = next.slice(at.length).split(sep);
  }
  return [...folders];
}

/** Where the link leads; null: it is none; undefined: nothing is there. */
function linkAt(path: string): string | null | undefined {
  try {
    return lstatSync(path).isSymbolicLink() ? readlinkSync(path) : null;
  } catch {
    return undefined;
  }
}
