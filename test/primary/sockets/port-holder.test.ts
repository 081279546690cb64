import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type AddressInfo } from "node:net";
import { join } from "node:path";
import { suite, test } from "node:test";
import { holds } from "../../../src/primary/sockets/port-holder.ts";
import type { Address } from "../../../src/protocol/address.ts";
import { temporaryFolder } from "../../support/fixture.ts";

const tcp = (port: number): Address => ({ kind: "tcp", host: null, port, family: 6, flags: 0, index: 0 });

suite(
  "whether a process holds an address",
  { skip: process.platform !== "linux" && "the kernel tells it on Linux alone" },
  () => {
    test("is known of a port, also when nobody listens there any more", async () => {
      const server = createServer().listen(0);
      await once(server, "listening");
      const { port } = server.address() as AddressInfo;
      assert.deepEqual([holds(process.pid, tcp(port)), holds(1, tcp(port))], [true, false]);
      server.close();
      await once(server, "close");
      assert.equal(holds(process.pid, tcp(port)), false);
    });

    test("is known of a path, also when nobody listens there any more", async (t) => {
      const path = join(temporaryFolder(t), "web.sock");
      const server = createServer().listen(path);
      await once(server, "listening");
      assert.equal(holds(process.pid, { kind: "unix", path, mode: 0 }), true);
      server.close();
      await once(server, "close");
      assert.equal(holds(process.pid, { kind: "unix", path, mode: 0 }), false);
    });
  },
);
