import { createHash, randomBytes } from "node:crypto";
import type { TestContext } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import type { Target } from "./client.ts";
import { Http1Exchange } from "./exchange.ts";
import { BINARY, clientFrame, CLOSE, closeFrame, FrameReader, PING, type Frame } from "./ws-frames.ts";

const GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

/**
 * How a WebSocket ended. `told`: the server sent a whole close frame, got ours, and closed in good order. `reset`, `dropped` (no close frame),
 * `hung` (nothing more came), `bad` (what came is no WebSocket, or another echo than sent), `refused` (no handshake). `left`: we went.
 */
export interface Farewell {
  readonly how: "told" | "reset" | "dropped" | "hung" | "bad" | "refused" | "left";
  /** Of the close frame, be the end after it good or not. */
  readonly code: number | undefined;
  readonly detail: string;
  /** Of the process that served it; 0 before the handshake. */
  readonly pid: number;
  readonly echoes: number;
  /** When it was told, or ended without that, on the clock of `performance.now()`. */
  readonly at: number;
}

/** How long a server may take to close after the close frames were exchanged, or to echo. Milliseconds. */
const PATIENCE = 10_000;

/** Strict, on a bare socket: each message must come back as it was before the next is sent, and every byte must belong to a frame. */
export class WebSocketClient {
  readonly ended: Promise<Farewell>;
  readonly #ended = Promise.withResolvers<Farewell>();
  readonly #exchange: Http1Exchange;
  readonly #reader = new FrameReader();
  readonly #key = randomBytes(16).toString("base64");
  readonly #messages: readonly Buffer[];
  readonly #pauseMs: number;
  #pid = 0;
  #echoes = 0;
  #awaited: Buffer | undefined;
  #code: number | undefined;
  #leaving = false;
  #toldAt: number | undefined;
  #patience: NodeJS.Timeout | undefined;

  constructor(target: Target, path: string, messages: readonly Buffer[], pauseMs: number) {
    this.#messages = messages;
    this.#pauseMs = pauseMs;
    this.ended = this.#ended.promise;
    const headers = {
      connection: "Upgrade",
      upgrade: "websocket",
      "sec-websocket-key": this.#key,
      "sec-websocket-version": "13",
    };
    this.#exchange = new Http1Exchange(target, { path, headers, onBody: (bytes) => this.#take(bytes) });
    void this.#follow();
  }

  get open(): boolean {
    return this.#echoes > 0;
  }

  get echoes(): number {
    return this.#echoes;
  }

  /** Says goodbye first. */
  leave(): void {
    this.#leaving = true;
    this.#exchange.channel.write(closeFrame(1000));
    this.#wait();
  }

  async #follow(): Promise<void> {
    this.#wait();
    const shaken = this.#exchange.head.then(
      ({ status, headers }) => {
        this.#pid = Number(headers.get("x-pid"));
        const accept = createHash("sha1").update(`${this.#key}${GUID}`).digest("base64");
        if (status !== 101 || headers.get("sec-websocket-accept") !== accept)
          return this.#end("refused", `status ${status}`);
        this.#say();
      },
      (error: unknown) => this.#end("refused", String(error)),
    );
    const { outcome, error } = await this.#exchange.ended;
    await shaken;
    if (this.#code === undefined && this.#reader.torn) this.#end("bad", `${outcome} inside a frame`);
    else if (outcome !== "closed") this.#end("reset", error ?? outcome);
    else this.#end(this.#code === undefined ? "dropped" : "told", "");
  }

  #say(): void {
    if (this.#code !== undefined || this.#leaving) return;
    this.#awaited = this.#messages[this.#echoes % this.#messages.length] ?? Buffer.alloc(0);
    this.#exchange.channel.write(clientFrame(BINARY, this.#awaited));
    this.#wait();
  }

  #take(bytes: Buffer): void {
    // A peer that has sent its close frame sends nothing that counts.
    if (this.#code !== undefined) return;
    try {
      for (const frame of this.#reader.push(bytes)) this.#hear(frame);
    } catch (error) {
      this.#end("bad", String(error));
    }
  }

  #hear({ opcode, payload }: Frame): void {
    if (this.#code !== undefined || opcode === PING) return;
    if (opcode === CLOSE) return this.#told(payload);
    if (opcode !== BINARY || !this.#awaited?.equals(payload)) throw new Error("another message than the echo");
    this.#echoes += 1;
    this.#awaited = undefined;
    clearTimeout(this.#patience);
    setTimeout(() => this.#say(), this.#pauseMs);
  }

  #told(payload: Buffer): void {
    this.#toldAt = performance.now();
    this.#code = payload.length >= 2 ? payload.readUInt16BE(0) : 1005;
    if (this.#leaving) return;
    this.#exchange.channel.write(closeFrame(this.#code));
    this.#wait();
  }

  #wait(): void {
    clearTimeout(this.#patience);
    this.#patience = setTimeout(() => {
      this.#end("hung", `${PATIENCE} ms without ${this.#code === undefined ? "an echo" : "the end"}`);
    }, PATIENCE);
  }

  #end(how: Farewell["how"], detail: string): void {
    clearTimeout(this.#patience);
    const end = this.#leaving && how !== "bad" ? "left" : how;
    this.#ended.resolve({
      how: end,
      code: this.#code,
      detail,
      pid: this.#pid,
      echoes: this.#echoes,
      at: this.#toldAt ?? performance.now(),
    });
    this.#exchange.finish("closed");
  }
}

export interface WebSocketsOptions {
  readonly count: number;
  /** The n-th asks for the n-th of these, in turn. Default `/`. */
  readonly paths?: readonly string[];
  /** Default: one of 100 bytes, one of 200 KB. */
  readonly messages?: readonly Buffer[];
  /** Between an echo and the next message. Default 100. */
  readonly pauseMs?: number;
}

const MESSAGES = [randomBytes(100), randomBytes(100), randomBytes(100), randomBytes(200_000)];

/** `count` WebSockets that echo without end; one that is told to go comes back. */
class WebSockets {
  readonly farewells: Farewell[] = [];
  readonly #clients = new Set<WebSocketClient>();
  readonly #all: Promise<void>[];
  #stopped = false;

  constructor(target: Target, { count, paths = ["/"], messages = MESSAGES, pauseMs = 100 }: WebSocketsOptions) {
    const open = (index: number): WebSocketClient =>
      new WebSocketClient(target, paths[index % paths.length] ?? "/", messages, pauseMs);
    this.#all = Array.from({ length: count }, (_, index) => this.#keep(() => open(index)));
  }

  /** Those that echo. */
  get open(): number {
    return [...this.#clients].filter((client) => client.open).length;
  }

  /** Of those that are there now. */
  get echoes(): number {
    return [...this.#clients].reduce((sum, { echoes }) => sum + echoes, 0);
  }

  async stop(): Promise<readonly Farewell[]> {
    this.#stopped = true;
    for (const client of this.#clients) client.leave();
    await Promise.all(this.#all);
    return this.farewells;
  }

  async #keep(open: () => WebSocketClient): Promise<void> {
    while (!this.#stopped) {
      const client = open();
      this.#clients.add(client);
      const farewell = await client.ended;
      this.#clients.delete(client);
      if (farewell.how !== "left") this.farewells.push(farewell);
      // Not in a burst of all of them.
      await delay(Math.random() * 100);
    }
  }
}

/** They end with the test, also when it fails. */
export function startWebSockets(t: TestContext, target: Target, options: WebSocketsOptions): WebSockets {
  const sockets = new WebSockets(target, options);
  t.after(() => sockets.stop());
  return sockets;
}
