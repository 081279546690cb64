import { statSync, watch, type FSWatcher } from "node:fs";
import { basename, dirname, join } from "node:path";
import type { Clock } from "../supervisor.ts";

/** An editor writes a file in several steps, and a checkout many files. Milliseconds. */
const SETTLE = 100;
const SOURCE = /\.([cm]?[jt]sx?|json)$/;

/**
 * Calls back when a file of the app has changed: one that a worker has loaded, or that the configuration came from. Folders are watched, not files, since
 * editors replace files; and only these folders, so that a large tree costs nothing.
 */
export class Watcher {
  readonly #files = new Set<string>();
  readonly #folders = new Map<string, { readonly watcher: FSWatcher; readonly identity: string }>();
  readonly #missing = new Set<string>();
  readonly #clock: Clock;
  readonly #onChange: (file: string) => void;
  #cancel: () => void = () => undefined;
  /** After a failure the file that is missing is in nobody's list: any source file counts. */
  anySource = false;

  constructor(clock: Clock, onChange: (file: string) => void) {
    this.#clock = clock;
    this.#onChange = onChange;
  }

  add(files: readonly string[]): void {
    for (const file of files) {
      this.#files.add(file);
      this.#watch(dirname(file));
    }
  }

  close(): void {
    this.#cancel();
    for (const { watcher } of this.#folders.values()) watcher.close();
  }

  #watch(folder: string): void {
    const identity = identityOf(folder);
    if (this.#folders.get(folder)?.identity === identity) return;
    this.#forget(folder);
    // A clean build removes the folder and makes another of its name: its parent sees that.
    if (identity === null) return this.#await(folder);
    const watcher = watch(folder, { persistent: false }, (_event, name) => this.#seen(folder, name));
    watcher.on("error", () => this.#forget(folder));
    this.#folders.set(folder, { watcher, identity });
  }

  #await(folder: string): void {
    this.#missing.add(folder);
    if (dirname(folder) !== folder) this.#watch(dirname(folder));
  }

  #forget(folder: string): void {
    this.#folders.get(folder)?.watcher.close();
    this.#folders.delete(folder);
  }

  #seen(folder: string, name: string | null): void {
    this.#watch(folder);
    if (this.#foundMissing()) return this.#changed(folder);
    const file = name === null ? folder : join(folder, name);
    if (this.#files.has(file) || (this.anySource && SOURCE.test(file))) this.#changed(file);
  }

  /** Whether a folder is there again. */
  #foundMissing(): boolean {
    const found = [...this.#missing].filter((folder) => identityOf(folder) !== null);
    for (const folder of found) {
      this.#missing.delete(folder);
      this.#watch(folder);
    }
    return found.length > 0;
  }

  #changed(path: string): void {
    this.#cancel();
    this.#cancel = this.#clock.after(SETTLE, () => this.#onChange(basename(path)));
  }
}

/** Tells a folder from another that has taken its place, and perhaps its inode. Null: there is none. */
function identityOf(folder: string): string | null {
  const stats = statSync(folder, { throwIfNoEntry: false });
  return stats ? `${stats.ino} ${stats.birthtimeMs}` : null;
}
