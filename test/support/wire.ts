import { once } from "node:events";
import { connect, type Socket } from "node:net";
import type { TestContext } from "node:test";
import { BOUND_MS, within } from "./wait.ts";

/** A bare connection that sends what it is told and keeps what it hears, byte for byte. */
export class Wire {
  readonly socket: Socket;
  readonly #parts: Buffer[] = [];
  readonly #ended: Promise<"closed" | "reset">;
  #look: () => void = () => undefined;

  /** It is destroyed at the test's end. */
  constructor(t: TestContext, port: number) {
    this.socket = connect({ port, host: "127.0.0.1", noDelay: true });
    t.after(() => this.socket.destroy());
    this.socket.on("data", (bytes: Buffer) => {
      this.#parts.push(bytes);
      this.#look();
    });
    this.#ended = once(this.socket, "end").then(
      () => "closed" as const,
      () => "reset" as const,
    );
  }

  /** Everything that came, one character a byte. */
  get text(): string {
    return this.bytes.toString("latin1");
  }

  get bytes(): Buffer {
    return Buffer.concat(this.#parts);
  }

  send(...lines: readonly string[]): this {
    this.socket.write(Buffer.from(lines.join("\r\n"), "latin1"));
    return this;
  }

  /** Sends the head of a request without a body. */
  ask(path: string, ...headers: readonly string[]): this {
    return this.send(`GET ${path} HTTP/1.1`, "Host: localhost", ...headers, "", "");
  }

  /** Resolves when so much of it has come. */
  async heard(what: string | RegExp | number): Promise<string> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const found = (): boolean =>
      typeof what === "number" ? this.bytes.length >= what : new RegExp(what, "s").test(this.text);
    this.#look = () => found() && resolve();
    this.#look();
    await within(promise, () => `${what} in\n${this.text.slice(-2000)}`, BOUND_MS);
    return this.text;
  }

  /** How the server ended it. */
  ended(): Promise<"closed" | "reset"> {
    return within(this.#ended, () => `the end of a connection that has heard\n${this.text.slice(-2000)}`);
  }
}
