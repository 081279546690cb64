import { mkdir, open, stat, type FileHandle } from "node:fs/promises";
import { dirname } from "node:path";
import { AppError } from "../errors.ts";
import { countLines } from "./rotate.ts";

export interface AppendEvents {
  /** Lines cannot be written and are dropped. Told once, until they can be written again. */
  readonly failed: (error: Error) => void;
  /** They can be written again; so many have been lost. */
  readonly recovered: (lost: number) => void;
}

/** A path and the file it named when it was opened. A disk that fails costs lines, which are counted, and nothing else. */
export class AppendFile {
  readonly #path: string;
  readonly #events: AppendEvents;
  #file: OpenFile;
  /** The rest of a line of which the disk took only the beginning. */
  #torn = Buffer.alloc(0);
  #failing = false;
  #lost = 0;

  /** @throws AppError LOG_UNAVAILABLE */
  static async open(path: string, events: AppendEvents): Promise<AppendFile> {
    return new AppendFile(path, events, await openFile(path));
  }

  private constructor(path: string, events: AppendEvents, file: OpenFile) {
    this.#path = path;
    this.#events = events;
    this.#file = file;
  }

  /** Bytes in it. */
  get size(): number {
    return this.#file.size;
  }

  /** Milliseconds since the epoch. */
  get bornAt(): number {
    return this.#file.bornAt;
  }

  /** A device cannot be rotated. */
  get isRegular(): boolean {
    return this.#file.regular;
  }

  /** Whole lines. Resolves when they are written or lost. */
  async append(lines: Buffer): Promise<void> {
    const bytes = this.#torn.length === 0 ? lines : Buffer.concat([this.#torn, lines]);
    let written = 0;
    try {
      while (written < bytes.length) written += (await this.#file.handle.write(bytes, written)).bytesWritten;
      this.#torn = Buffer.alloc(0);
      this.#recover();
    } catch (error) {
      this.#lose(bytes, written, error as Error);
    }
    this.#file.size += written;
  }

  /** Whether the path still names this file: somebody may have moved it. */
  async isInPlace(): Promise<boolean> {
    const [ours, named] = await Promise.all([this.#file.handle.stat(), stat(this.#path).catch(() => null)]);
    return ours.ino === named?.ino && ours.dev === named.dev;
  }

  /**
   * Opens the path anew.
   * @throws AppError LOG_UNAVAILABLE; the old file is then kept
   */
  async reopen(): Promise<void> {
    const old = this.#file;
    this.#file = await openFile(this.#path);
    // Its beginning is in the old file.
    if (this.#torn.length > 0) this.#lost += 1;
    this.#torn = Buffer.alloc(0);
    await old.handle.close();
  }

  async close(): Promise<void> {
    await this.#file.handle.close();
  }

  #recover(): void {
    if (!this.#failing) return;
    const lost = this.#lost;
    this.#lost = 0;
    this.#failing = false;
    this.#events.recovered(lost);
  }

  /** The rest of a line that has begun is kept, so that it can be whole one day; the lines after it are gone. */
  #lose(bytes: Buffer, written: number, error: Error): void {
    const begun = written === 0 ? this.#torn.length > 0 : bytes[written - 1] !== LF;
    const kept = begun ? bytes.indexOf(LF, written) + 1 : written;
    this.#torn = Buffer.from(bytes.subarray(written, kept));
    this.#lost += countLines(bytes.subarray(kept));
    if (this.#failing) return;
    this.#failing = true;
    this.#events.failed(error);
  }
}

const LF = 10;
/** Readable by its group, as system logs are, where the umask allows it. */
const MODE = 0o640;

interface OpenFile {
  readonly handle: FileHandle;
  size: number;
  readonly bornAt: number;
  readonly regular: boolean;
}

async function openFile(path: string): Promise<OpenFile> {
  try {
    await refuseOddFile(path);
    await mkdir(dirname(path), { recursive: true });
    const handle = await open(path, "a", MODE);
    const stats = await handle.stat();
    return { handle, size: stats.size, bornAt: stats.birthtimeMs || stats.mtimeMs, regular: stats.isFile() };
  } catch (error) {
    const message = `expected a log file that can be written at ${path}, got ${(error as Error).message}`;
    throw new AppError("LOG_UNAVAILABLE", message, "Check the path and who may write there, or choose another file.");
  }
}

/** A pipe would keep us waiting for its reader. */
async function refuseOddFile(path: string): Promise<void> {
  const stats = await stat(path).catch(() => null);
  if (stats === null || stats.isFile() || stats.isCharacterDevice()) return;
  throw new Error(stats.isDirectory() ? "a folder" : "a pipe or socket");
}
