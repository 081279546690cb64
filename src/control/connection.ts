import type { Socket } from "node:net";
import { AppError } from "../errors.ts";
import {
  CONTROL_VERSION,
  type Command,
  type Failure,
  type Progress,
  type Reply,
  type Result,
  type Served,
} from "../protocol/control.ts";
import { parseRequest } from "./parse-request.ts";

/** Carries a command out; resolves when it has come to its end. `gone`: who follows does so no more. */
export type Handle = (command: Command, tell: Tell, gone: AbortSignal) => Promise<Result>;

export type Tell = (told: Progress | Served) => void;

const LONGEST_REQUEST = 64 * 1024;
/** Steps that a client has not read yet, in bytes: beyond these it misses all but the latest, and that picture is as good. */
const UNREAD = 64 * 1024;

/** How long one whose request is cut off in the middle has to read why. Milliseconds. */
const LAST_WORD = 1_000;

/** One client: a request and its replies. Whatever it does, the command it gave and the primary live on. */
export class Connection {
  readonly #socket: Socket;
  readonly #handle: Handle;
  readonly #silence: number;
  #line: Buffer[] = [];
  #size = 0;
  #state: "reading" | "busy" | "answered" = "reading";
  #deadline: NodeJS.Timeout | undefined;
  #follows = false;
  /** What there was no room for. */
  #late: Progress | Served | null = null;
  readonly #gone = new AbortController();

  /** @param silence Milliseconds a client may take to ask, and to read the answer. */
  constructor(socket: Socket, handle: Handle, silence: number) {
    this.#socket = socket;
    this.#handle = handle;
    this.#silence = silence;
    // One that goes away is no one's fault.
    socket.on("error", () => undefined);
    socket.on("close", () => {
      clearTimeout(this.#deadline);
      this.#gone.abort();
    });
    socket.on("drain", () => this.#showLate());
    socket.on("data", (chunk: Buffer) => this.#read(chunk));
    socket.on("end", () => this.#readEnd());
    this.#limit(silence);
  }

  /** No request any more; a command under way goes on. */
  hangUp(): void {
    if (this.#state === "reading") this.#socket.destroy();
  }

  /** Ends what still waits for its command, or for its client to read. */
  giveUp(): void {
    if (this.#state === "busy")
      this.#end(failedLine(new AppError("STOPPING", "the app has ended, and the command with it")));
    // What the kernel has taken over still arrives.
    this.#socket.destroy();
  }

  #limit(ms: number): void {
    clearTimeout(this.#deadline);
    this.#deadline = setTimeout(() => this.#socket.destroy(), ms).unref();
  }

  #read(chunk: Buffer): void {
    if (this.#state !== "reading") return;
    const end = chunk.indexOf("\n");
    const part = end === -1 ? chunk : chunk.subarray(0, end);
    this.#size += part.length;
    if (this.#size > LONGEST_REQUEST) return this.#refuse(`got more than ${LONGEST_REQUEST} bytes`);
    this.#line.push(part);
    if (end === -1) return;
    clearTimeout(this.#deadline);
    this.#state = "busy";
    this.#socket.pause();
    void this.#answer(Buffer.concat(this.#line).toString());
    this.#line = [];
  }

  /** The client has said all it will; one that has asked still reads. Of one that follows it is the end, and nothing else would tell of it. */
  #readEnd(): void {
    if (this.#follows) this.#socket.destroy();
    if (this.#state !== "reading") return;
    if (this.#size === 0) this.#socket.end();
    else this.#refuse("got its end before that of the line");
  }

  /** Reads no more of it. It is closed a little later: a client that is still writing would not see the answer otherwise. */
  #refuse(got: string): void {
    this.#line = [];
    this.#state = "answered";
    const message = `expected a request on one line of at most ${LONGEST_REQUEST} bytes, ${got}`;
    this.#socket.pause().end(failedLine(new AppError("CONTROL_PROTOCOL", message)));
    this.#limit(LAST_WORD);
  }

  async #answer(line: string): Promise<void> {
    try {
      const command = parseRequest(line);
      if (command.verb === "follow") this.#follow();
      const result = await this.#handle(command, (told) => this.#show(told), this.#gone.signal);
      this.#end(lineOf({ version: CONTROL_VERSION, type: "done", result }));
    } catch (error) {
      this.#end(failedLine(error));
    }
  }

  #show(progress: Progress | Served): void {
    if (this.#state !== "busy" || !this.#socket.writable) return;
    if (this.#socket.writableLength > UNREAD) return void (this.#late = progress);
    this.#late = null;
    this.#socket.write(lineOf({ version: CONTROL_VERSION, type: "progress", progress }));
  }

  /** Its end is heard of by reading alone. */
  #follow(): void {
    this.#follows = true;
    this.#socket.resume();
  }

  #showLate(): void {
    if (this.#late !== null) this.#show(this.#late);
  }

  #end(reply: string): void {
    if (this.#state === "answered") return;
    this.#state = "answered";
    this.#limit(this.#silence);
    if (this.#socket.writable) this.#socket.write(reply);
    this.#socket.destroySoon();
  }
}

function lineOf(reply: Reply): string {
  return `${JSON.stringify(reply)}\n`;
}

function failedLine(error: unknown): string {
  return lineOf({ version: CONTROL_VERSION, type: "failed", error: failureOf(error) });
}

function failureOf(error: unknown): Failure {
  if (!(error instanceof AppError))
    return { code: "CONTROL_FAILED", message: error instanceof Error ? error.message : String(error) };
  const { code, message, hint } = error;
  return { code, message, ...(hint !== undefined && { hint }) };
}
