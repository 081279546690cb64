import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";
import type { TestContext } from "node:test";
import type { Target } from "./client.ts";

/** A way to a server on which what comes back can be held up, while what clients send arrives at once. */
class SlowLink {
  /** In the server's place. */
  readonly target: Target;
  /** Once something is held up. */
  readonly isHolding: Promise<void>;
  readonly #isHolding = Promise.withResolvers<void>();
  readonly #held: (() => void)[] = [];
  #holds = false;

  constructor(target: Target) {
    this.target = target;
    this.isHolding = this.#isHolding.promise;
  }

  hold(): void {
    this.#holds = true;
  }

  release(): void {
    this.#holds = false;
    for (const deliver of this.#held.splice(0)) deliver();
  }

  carry(near: Socket, far: Socket): void {
    near.pipe(far);
    far.on("data", (bytes: Buffer) => this.#deliver(() => near.write(bytes)));
    far.on("end", () => this.#deliver(() => near.end()));
  }

  #deliver(deliver: () => void): void {
    if (!this.#holds) return deliver();
    this.#held.push(deliver);
    this.#isHolding.resolve();
  }
}

/** It is closed with the test. */
export async function slowLink(t: TestContext, target: Target): Promise<SlowLink> {
  const relay = createServer({ noDelay: true }, (near) => {
    const far = connect({ port: target.port ?? 0, host: "127.0.0.1", noDelay: true });
    for (const socket of [near, far]) {
      socket.on("error", () => undefined);
      t.after(() => socket.destroy());
    }
    link.carry(near, far);
  });
  t.after(() => relay.close());
  await once(relay.listen(0, "127.0.0.1"), "listening");
  const { port } = relay.address() as { readonly port: number };
  const link = new SlowLink({ ...target, port });
  return link;
}
