import { EventEmitter } from "node:events";
import { AppendFile, type AppendEvents } from "./append-file.ts";
import { firstLine, isTooOld, wholeLines, type Limits } from "./rotate.ts";
import { Rotator } from "./rotator.ts";

export interface LogFileEvents extends AppendEvents {
  /** The file could not be moved and grows on, or a moved one could not be compressed. */
  readonly notRotated: (error: Error) => void;
}

/** Characters that wait for the disk, beyond which `write` answers false: the workers then wait, and the memory stays bounded. */
const ENOUGH = 1 << 20;

/**
 * A log file that takes whole lines from everybody, keeps their order, and writes in one piece what has come together meanwhile.
 * Rotation and reopening happen between two writes, so no line is torn or lost by them.
 */
export class LogFile extends EventEmitter<{ drain: []; error: [] }> {
  readonly #limits: Limits;
  readonly #events: LogFileEvents;
  readonly #rotator: Rotator;
  readonly #file: AppendFile;
  /** Size at which the file is rotated next. */
  #limit: number;
  /** When its age is counted from. */
  #since: number;
  #waiting: string[] = [];
  /** Characters not yet written, those on their way included. */
  #length = 0;
  #reopenings: PromiseWithResolvers<void>[] = [];
  /** The end of the work that is under way. */
  #work: Promise<void> | null = null;
  #closed = false;

  /** @throws AppError LOG_UNAVAILABLE */
  static async open(path: string, limits: Limits, events: LogFileEvents): Promise<LogFile> {
    const file = await AppendFile.open(path, events);
    return new LogFile(file, limits, events, new Rotator(path, limits, events.notRotated));
  }

  private constructor(file: AppendFile, limits: Limits, events: LogFileEvents, rotator: Rotator) {
    super();
    // Each worker waits in a listener of its own.
    this.setMaxListeners(0);
    this.#file = file;
    this.#limits = limits;
    this.#events = events;
    this.#rotator = rotator;
    this.#limit = this.#limitAbove(0);
    this.#since = file.bornAt;
  }

  /** Whole lines. False: wait for `drain` before more. After `close` they are dropped. */
  write(lines: string): boolean {
    if (this.#closed) return true;
    this.#waiting.push(lines);
    this.#length += lines.length;
    this.#wake();
    return !this.writableNeedDrain;
  }

  get writableNeedDrain(): boolean {
    return this.#length >= ENOUGH;
  }

  /**
   * Closes the file and opens its path anew, because somebody has moved it. What was written before is in the old one.
   * @throws AppError LOG_UNAVAILABLE; the old file is then written on
   */
  reopen(): Promise<void> {
    const order = Promise.withResolvers<void>();
    this.#reopenings.push(order);
    this.#wake();
    return order.promise;
  }

  /** Everything is written, or lost, and the file closed. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#work;
    await this.#rotator.close();
    await this.#file.close();
  }

  /** A turn of the event loop later, so that what is written in this one goes in one piece. */
  #wake(): void {
    this.#work ??= new Promise<void>((resolve) => setImmediate(resolve)).then(() => this.#workOff());
  }

  async #workOff(): Promise<void> {
    while (this.#waiting.length > 0 || this.#reopenings.length > 0) {
      const [lines, orders] = [this.#waiting.join(""), this.#reopenings];
      this.#waiting = [];
      this.#reopenings = [];
      await this.#put(Buffer.from(lines));
      this.#length -= lines.length;
      if (orders.length > 0) await this.#obey(orders);
      if (!this.writableNeedDrain) this.emit("drain");
    }
    this.#work = null;
  }

  async #put(lines: Buffer): Promise<void> {
    for (let rest = lines; rest.length > 0;) {
      const room = await this.#makeRoom(rest);
      // A line alone may be longer than a file should be.
      const end = wholeLines(rest, room) || firstLine(rest);
      await this.#file.append(rest.subarray(0, end));
      rest = rest.subarray(end);
    }
  }

  /** Bytes that may be written now, after a rotation if that was due. */
  async #makeRoom(lines: Buffer): Promise<number> {
    const { size, isRegular } = this.#file;
    if (!isRegular) return Infinity;
    const isFull = size > 0 && wholeLines(lines, this.#limit - size) === 0;
    if (isFull || isTooOld({ size, bornAt: this.#since }, this.#limits, Date.now())) await this.#rotate();
    return this.#limit - this.#file.size;
  }

  /** What cannot be rotated is tried again after as many bytes, and as long a time, as if it had been. */
  async #rotate(): Promise<void> {
    try {
      // What somebody else has put in its place is not ours to move.
      if (await this.#file.isInPlace()) await this.#rotator.rotate(() => this.#openAnew());
      else await this.#openAnew();
    } catch (error) {
      this.#limit = this.#limitAbove(this.#file.size);
      this.#since = Date.now();
      this.#events.notRotated(error as Error);
    }
  }

  async #obey(reopenings: readonly PromiseWithResolvers<void>[]): Promise<void> {
    const opened = this.#openAnew();
    for (const { resolve } of reopenings) resolve(opened);
    await opened.catch(() => undefined);
  }

  async #openAnew(): Promise<void> {
    await this.#file.reopen();
    this.#limit = this.#limitAbove(0);
    this.#since = this.#file.bornAt;
  }

  #limitAbove(size: number): number {
    return this.#limits.maxSize === 0 ? Infinity : size + this.#limits.maxSize;
  }
}
