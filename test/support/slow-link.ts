import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";
import type { TestContext } from "node:test";
import type { Target } from "./client.ts";

/** A way to a server for one connection, on which nothing comes back until it is told to. What its client sends arrives at once. */
export interface SlowLink {
  readonly target: Target;
  /** Once the server has answered something, which is held back. */
  readonly answered: Promise<void>;
  release(): void;
}

/** It is closed with the test. */
export async function slowLink(t: TestContext, target: Target): Promise<SlowLink> {
  const answered = Promise.withResolvers<void>();
  const released = Promise.withResolvers<void>();
  const carry = (near: Socket): void => {
    const far = connect({ port: target.port ?? 0, host: "127.0.0.1", noDelay: true });
    near.pipe(far);
    far.once("data", (first: Buffer) => {
      far.pause();
      answered.resolve();
      void released.promise.then(() => {
        near.write(first);
        far.pipe(near);
      });
    });
    for (const socket of [near, far]) {
      socket.on("error", () => undefined);
      t.after(() => socket.destroy());
    }
  };
  const relay = createServer({ noDelay: true }, carry);
  t.after(() => relay.close());
  await once(relay.listen(0, "127.0.0.1"), "listening");
  const { port } = relay.address() as { readonly port: number };
  return { target: { ...target, port }, answered: answered.promise, release: () => released.resolve() };
}
