import { createWriteStream } from "node:fs";
import { open, readdir, rename, rm, utimes, type FileHandle } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { pipeline } from "node:stream/promises";
import { planRotation, rotatedOf, type Limits, type Step } from "./rotate.ts";

/**
 * Moves a log file out of the way as number 1 and gzips what it has moved, one file at a time, in the background. The renames of a
 * rotation and the last renames of compressing never mix.
 */
export class Rotator {
  readonly #folder: string;
  readonly #base: string;
  readonly #limits: Limits;
  readonly #onTrouble: (error: Error) => void;
  readonly #stop = new AbortController();
  /** The end of the last work on the names. */
  #turn: Promise<unknown> = Promise.resolve();
  #compressing: Promise<void> | null = null;
  /** What the file that is being compressed is called now; null when it has been removed. */
  #source: string | null = null;

  /** @param onTrouble A file could not be compressed; it stays as it is until after the next rotation. */
  constructor(path: string, limits: Limits, onTrouble: (error: Error) => void) {
    this.#folder = dirname(path);
    this.#base = basename(path);
    this.#limits = limits;
    this.#onTrouble = onTrouble;
  }

  /** Renames, then has the writer open the path anew. Rejects when one of the two fails; the file has its old name then. */
  async rotate(openAnew: () => Promise<void>): Promise<void> {
    await this.#exclusive(async () => {
      const steps = planRotation(this.#base, await readdir(this.#folder), this.#limits.maxFiles);
      for (const step of steps) await this.#perform(step);
      await openAnew().catch(async (error: unknown) => {
        const to = steps.at(-1)?.to ?? null;
        if (to !== null) await rename(this.#at(to), this.#at(this.#base));
        throw error;
      });
    });
    if (!this.#limits.compress) return;
    this.#compressing ??= this.#compressAll().finally(() => {
      this.#compressing = null;
    });
  }

  /** What is being compressed stays as it is; the rotation after the next start sees to it. */
  async close(): Promise<void> {
    this.#stop.abort();
    await this.#compressing;
  }

  async #perform({ from, to }: Step): Promise<void> {
    if (to === null) await rm(this.#at(from));
    else await rename(this.#at(from), this.#at(to));
    if (from === this.#source) this.#source = to;
  }

  async #compressAll(): Promise<void> {
    try {
      for (let source = await this.#oldest(); source !== null; source = await this.#oldest())
        await this.#compress(source);
    } catch (error) {
      await rm(this.#temporary, { force: true });
      if (!this.#stop.signal.aborted) this.#onTrouble(error as Error);
    }
  }

  /** The oldest file that is not compressed, opened before it can be renamed. */
  #oldest(): Promise<FileHandle | null> {
    return this.#exclusive(async () => {
      if (this.#stop.signal.aborted) return null;
      const files = rotatedOf(this.#base, await readdir(this.#folder));
      this.#source = files.findLast(({ gzipped }) => !gzipped)?.name ?? null;
      return this.#source === null ? null : await open(this.#at(this.#source), "r");
    });
  }

  async #compress(source: FileHandle): Promise<void> {
    await gzip(source, this.#temporary, this.#stop.signal);
    await this.#exclusive(async () => {
      if (this.#source === null) return await rm(this.#temporary);
      await rename(this.#temporary, this.#at(`${this.#source}.gz`));
      await rm(this.#at(this.#source));
    });
  }

  get #temporary(): string {
    return this.#at(`${this.#base}.gz.tmp`);
  }

  #at(name: string): string {
    return join(this.#folder, name);
  }

  #exclusive<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#turn.then(work);
    this.#turn = done.catch(() => undefined);
    return done;
  }
}

/** On the disk, whole, when it resolves, and as old as its source: followers know it by that, and people by `ls -l`. Closes the source. */
async function gzip(source: FileHandle, path: string, signal: AbortSignal): Promise<void> {
  const { createGzip } = await import("node:zlib");
  const { mode, atimeNs, mtimeNs } = await source.stat({ bigint: true });
  const target = createWriteStream(path, { mode: Number(mode) & 0o777, flush: true });
  await pipeline(source.createReadStream(), createGzip(), target, { signal });
  await utimes(path, Number(atimeNs) / 1e9, Number(mtimeNs) / 1e9);
}
