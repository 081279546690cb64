import {
  chmodSync,
  closeSync,
  existsSync,
  fsyncSync,
  linkSync,
  openSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";

/**
 * The file that nginx includes, and what it was when nginx last read it, until nginx has read the new one. Whoever includes `*` or `*.conf` sees neither that
 * nor a half-written file: both names begin with a dot. All of it throws what the file system says.
 */
export class UpstreamFile {
  readonly #path: string;
  readonly #former: string;
  readonly #new: string;
  /** Of a file that was not there before, there is no former one to show it. */
  #replaced = false;

  /** A link is followed: what it leads to is written. */
  constructor(path: string) {
    this.#path = existsSync(path) ? realpathSync(path) : path;
    const beside = (suffix: string): string => join(dirname(this.#path), `.${basename(this.#path)}.${suffix}`);
    this.#former = beside("former");
    this.#new = beside("new");
  }

  /** Null: there is none. */
  read(): string | null {
    try {
      return readFileSync(this.#path, "utf8");
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
      throw error;
    }
  }

  /** Whether nginx has not read it yet, as far as is known: of a process that was killed in the middle, too. */
  get isUnread(): boolean {
    return this.#replaced || existsSync(this.#former);
  }

  /** At no moment is there no file, or half of one. */
  replace(text: string): void {
    rmSync(this.#new, { force: true });
    this.#write(text);
    // An older one is what nginx has read last.
    if (existsSync(this.#path) && !this.isUnread) linkSync(this.#path, this.#former);
    renameSync(this.#new, this.#path);
    this.#replaced = true;
    synced(dirname(this.#path));
  }

  /** As it was when nginx last read it. */
  takeBack(): void {
    if (existsSync(this.#former)) renameSync(this.#former, this.#path);
    else rmSync(this.#path, { force: true });
    this.#replaced = false;
  }

  /** nginx has read it. */
  settle(): void {
    rmSync(this.#former, { force: true });
    this.#replaced = false;
  }

  #write(text: string): void {
    writeFileSync(this.#new, text, { flag: "wx", flush: true });
    chmodSync(this.#new, existsSync(this.#path) ? statSync(this.#path).mode & 0o777 : 0o644);
  }
}

/** A rename is on the disk when its folder is. */
function synced(folder: string): void {
  const descriptor = openSync(folder, "r");
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
