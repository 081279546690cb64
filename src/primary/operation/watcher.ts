import { watch, type FSWatcher } from "node:fs";
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
  readonly #folders = new Map<string, FSWatcher>();
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
    for (const watcher of this.#folders.values()) watcher.close();
  }

  #watch(folder: string): void {
    if (this.#folders.has(folder)) return;
    try {
      const watcher = watch(folder, { persistent: false }, (_event, name) => this.#seen(folder, name));
      // The folder has gone; it is watched again when a worker loads from it.
      watcher.on("error", () => this.#forget(folder));
      this.#folders.set(folder, watcher);
    } catch {
      this.#folders.delete(folder);
    }
  }

  #forget(folder: string): void {
    this.#folders.get(folder)?.close();
    this.#folders.delete(folder);
  }

  #seen(folder: string, name: string | null): void {
    if (name === null) return;
    const file = join(folder, name);
    if (!this.#files.has(file) && !(this.anySource && SOURCE.test(name))) return;
    this.#cancel();
    this.#cancel = this.#clock.after(SETTLE, () => this.#onChange(basename(file)));
  }
}
