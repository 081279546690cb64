import assert from "node:assert/strict";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { test, type TestContext } from "node:test";
import { loopbackPorts, openedSince, ownPorts } from "../../../src/primary/hang/loopback-ports.ts";

async function listen(t: TestContext, host: string): Promise<number> {
  const server = createServer().listen(0, host);
  t.after(() => server.close());
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}

test(
  "of a process the ports on 127.0.0.1 are known that it has opened since",
  {
    skip: !existsSync("/proc/self/net/tcp") && "there is no /proc",
  },
  async (t) => {
    const old = await listen(t, "127.0.0.1");
    const before = loopbackPorts(process.pid);
    assert.ok([...before.values()].includes(old));
    assert.deepEqual(openedSince(process.pid, before), []);
    await listen(t, "0.0.0.0");
    const fresh = await listen(t, "127.0.0.1");
    assert.deepEqual(openedSince(process.pid, before), [fresh]);
    assert.deepEqual(openedSince(process.ppid, before), []);
    // Whatever we share with it is no port of its own.
    assert.deepEqual(ownPorts(process.pid), []);
  },
);
