import {
  closeSync,
  existsSync,
  fchmodSync,
  fchownSync,
  fsyncSync,
  linkSync,
  openSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
  type Stats,
} from "node:fs";
import { basename, dirname, join, resolve } from "node:path";

/**
 * The file that nginx includes, and what it was when nginx last read it, until nginx has read the new one. Whoever includes `*` or `*.conf` sees neither that
 * nor a half-written file: both names begin with a dot. All of it throws what the file system says.
 */
export class UpstreamFile {
  /** Where it really is: absolute, without links. */
  readonly path: string;
  readonly #former: string;
  readonly #new: string;
  /** Of a file that was not there before, there is no former one to show it. */
  #replaced = false;

  /** A link is followed: what it leads to is written. */
  constructor(path: string) {
    this.path = whereItIs(resolve(path));
    const beside = (suffix: string): string => join(dirname(this.path), `.${basename(this.path)}.${suffix}`);
    this.#former = beside("former");
    this.#new = beside("new");
  }

  /** Null: there is none. */
  read(): string | null {
    try {
      return readFileSync(this.path, "utf8");
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
    if (existsSync(this.path) && !this.isUnread) linkSync(this.path, this.#former);
    renameSync(this.#new, this.path);
    this.#replaced = true;
    synced(dirname(this.path));
  }

  /** As it was when nginx last read it. */
  takeBack(): void {
    if (existsSync(this.#former)) renameSync(this.#former, this.path);
    else rmSync(this.path, { force: true });
    this.#replaced = false;
  }

  /** nginx has read it. */
  settle(): void {
    rmSync(this.#former, { force: true });
    this.#replaced = false;
  }

  /** All of it through one descriptor: by then another file may have the name. */
  #write(text: string): void {
    const former = statSync(this.path, { throwIfNoEntry: false });
    // Exclusive: it follows no link, and opens nothing that is there already.
    const descriptor = openSync(this.#new, "wx", 0o600);
    try {
      writeFileSync(descriptor, text);
      if (former) give(descriptor, former);
      fchmodSync(descriptor, former ? former.mode & 0o777 : 0o644);
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
  }
}

/** What is not there is where its folder is. */
function whereItIs(path: string): string {
  return existsSync(path) ? realpathSync(path) : join(whereItIs(dirname(path)), basename(path));
}

/** Only root can give a file away; another user's stays their own. */
function give(descriptor: number, { uid, gid }: Stats): void {
  try {
    fchownSync(descriptor, uid, gid);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EPERM") throw error;
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
