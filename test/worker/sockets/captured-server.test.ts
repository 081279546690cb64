import assert from "node:assert/strict";
import { once } from "node:events";
import { connect, createServer, type AddressInfo, type Server } from "node:net";
import { suite, test, type TestContext } from "node:test";
import { bind } from "../../../src/primary/sockets/bind.ts";
import { CapturedServer } from "../../../src/worker/sockets/captured-server.ts";
import { handleOf, type SocketHandle } from "../../../src/worker/sockets/socket-handle.ts";

interface Cover {
  readonly handle: SocketHandle;
  readonly port: number;
}

/** A sibling's address, which nobody holds beside the server under test. */
async function cover(): Promise<Cover> {
  const handle = await bind({ kind: "tcp", host: "127.0.0.1", port: 0, family: 4, flags: 0, index: 0 });
  assert.ok(typeof handle !== "number");
  const name: { port?: number } = {};
  handle.getsockname?.(name);
  return { handle: handle as unknown as SocketHandle, port: name.port ?? 0 };
}

async function captured(t: TestContext): Promise<{ server: Server; captured: CapturedServer; own: number }> {
  const server = createServer((socket) => socket.end("hello"));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => server.close());
  const handle = handleOf(server);
  assert.ok(handle);
  const options = { front: server, backlog: 10, held: false, onClose: () => undefined };
  return {
    server,
    captured: new CapturedServer("own", server, handle, options),
    own: (server.address() as AddressInfo).port,
  };
}

/** What a client hears there; null: nobody listens. */
async function hear(port: number): Promise<string | null> {
  const socket = connect(port, "127.0.0.1").setEncoding("utf8");
  try {
    const [text] = await once(socket, "data");
    return String(text);
  } catch {
    return null;
  } finally {
    socket.destroy();
  }
}

suite("a server that covers a sibling's address", () => {
  test("answers there as well as at its own, until it does no more", async (t) => {
    const { captured: one, own } = await captured(t);
    const { handle, port } = await cover();
    one.cover("sibling's", handle);
    assert.deepEqual([await hear(own), await hear(port)], ["hello", "hello"]);
    one.uncover("sibling's");
    assert.deepEqual([await hear(own), await hear(port)], ["hello", null]);
  });

  test("takes an address once", async (t) => {
    const { captured: one } = await captured(t);
    const [first, second] = [await cover(), await cover()];
    one.cover("sibling's", first.handle);
    one.cover("sibling's", second.handle);
    assert.deepEqual([await hear(first.port), await hear(second.port)], ["hello", null]);
  });

  test("leaves it when it stops accepting, and takes none until it accepts again", async (t) => {
    const { captured: one } = await captured(t);
    const [before, after] = [await cover(), await cover()];
    one.cover("sibling's", before.handle);
    one.unplug();
    one.cover("sibling's", after.handle);
    assert.deepEqual([await hear(before.port), await hear(after.port)], [null, null]);
  });

  test("has a door for it, through which clients still come", async (t) => {
    const { captured: one, own } = await captured(t);
    const { handle, port } = await cover();
    one.cover("sibling's", handle);
    const doors = one.unhook((key) => key === "sibling's");
    one.unplug();
    assert.deepEqual([await hear(own), await hear(port)], [null, "hello"]);
    for (const door of doors) door.close();
    assert.equal(await hear(port), null);
  });

  test("leaves it when the app closes it", async (t) => {
    const { server, captured: one } = await captured(t);
    const { handle, port } = await cover();
    one.cover("sibling's", handle);
    server.close();
    await once(server, "close");
    assert.equal(await hear(port), null);
  });
});
