import { connect, type Socket } from "node:net";
import type { Outcome } from "./account.ts";

export interface Ask {
  readonly path: string;
  /** With one it is a POST, that is to be answered with the same bytes. */
  readonly body?: Buffer;
  /** What a GET is to be answered with. */
  readonly expected?: Buffer;
  /** Says to the server that the connection is to end with the answer. */
  readonly last: boolean;
}

export interface Ended {
  readonly outcome: Outcome;
  /** Which worker answered, by the answer's X-Worker. */
  readonly worker?: string;
}

interface Answer {
  readonly status: number;
  readonly body: Buffer;
  readonly worker: string | undefined;
  readonly last: boolean;
}

function encode({ path, body, last }: Ask): Buffer {
  const length = body ? `Content-Length: ${body.length}\r\n` : "";
  const end = last ? "Connection: close\r\n" : "";
  const head = `${body ? "POST" : "GET"} ${path} HTTP/1.1\r\nHost: bench\r\n${length}${end}\r\n`;
  return Buffer.concat([Buffer.from(head), body ?? Buffer.alloc(0)]);
}

/** The answer with all that came behind its head, or `null` while it is not whole. */
function read(bytes: Buffer): Answer | null {
  const end = bytes.indexOf("\r\n\r\n");
  if (end === -1) return null;
  const head = bytes.toString("latin1", 0, end);
  const field = (name: string): string | undefined => new RegExp(`\r\n${name}: *([^\r]*)`, "i").exec(head)?.[1];
  const body = bytes.subarray(end + 4);
  if (body.length < Number(field("Content-Length") ?? 0)) return null;
  const last = field("Connection")?.toLowerCase() === "close";
  return { status: Number(head.slice(9, 12)), body, worker: field("X-Worker"), last };
}

/** A connection that carries one request at a time, and never the same one twice. */
export class Line {
  readonly #socket: Socket;
  #received: Buffer = Buffer.alloc(0);
  #busy = false;
  #last = false;
  #end: (outcome: Outcome) => void = () => {};
  #look: () => void = () => {};

  constructor(port: number) {
    this.#socket = connect(port, "127.0.0.1");
    this.#socket.setNoDelay(true);
    this.#socket.on("data", (chunk: Buffer) => {
      this.#received = Buffer.concat([this.#received, chunk]);
      this.#look();
    });
    this.#socket.on("error", ({ code }: NodeJS.ErrnoException) =>
      this.#end(code === "ECONNREFUSED" ? "refused" : "reset"),
    );
    this.#socket.on("end", () => this.#end("cut"));
    this.#socket.on("close", () => this.#end("cut"));
  }

  /** Whether an honest client would send on it: it is idle, and nobody has said or shown that it ends. */
  get usable(): boolean {
    return !this.#busy && !this.#last && !this.#socket.destroyed && !this.#socket.readableEnded;
  }

  close(): void {
    this.#socket.destroy();
  }

  async ask(ask: Ask, boundMs: number): Promise<Ended> {
    const { promise, resolve } = Promise.withResolvers<Ended>();
    this.#busy = true;
    this.#last = ask.last;
    this.#received = Buffer.alloc(0);
    this.#end = (outcome) => resolve({ outcome });
    this.#look = () => {
      const answer = read(this.#received);
      if (answer === null) return;
      this.#last ||= answer.last;
      const expected = ask.body ?? ask.expected;
      const right = answer.status === 200 && expected?.equals(answer.body) !== false;
      resolve({ outcome: right ? "right" : "wrong", ...(answer.worker !== undefined && { worker: answer.worker }) });
    };
    const timer = setTimeout(() => resolve({ outcome: "hung" }), boundMs);
    this.#socket.write(encode(ask));
    const ended = await promise;
    clearTimeout(timer);
    this.#end = () => {};
    this.#look = () => {};
    this.#busy = false;
    // A late answer must not be taken for the next one's.
    if (ended.outcome !== "right" || this.#last) this.close();
    return ended;
  }
}
