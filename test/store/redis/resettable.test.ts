import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type AddressInfo, type Server, type Socket } from "node:net";
import { suite, test } from "node:test";
import { createServer as createTlsServer, setDefaultCACertificates } from "node:tls";
import { createCertificate } from "../../support/certificate.ts";
import { connected, openOwn } from "../../support/redis-stores.ts";
import { within } from "../../support/wait.ts";

const certificate = createCertificate();

const WAYS: readonly (readonly [scheme: string, serve: () => Server])[] = [
  ["redis", () => createServer()],
  ["rediss", () => createTlsServer(certificate)],
];

suite("the connection of a write that was given up", () => {
  for (const [scheme, serve] of WAYS)
    test(`is reset, so that nothing of it arrives later: ${scheme}://`, async (t) => {
      setDefaultCACertificates([certificate.cert]);
      const server = serve().listen(0, "127.0.0.1");
      const ends = Promise.withResolvers<string>();
      const sockets = new Set<Socket>();
      server.on(scheme === "redis" ? "connection" : "secureConnection", (socket: Socket) => {
        sockets.add(socket);
        // Once it has been written to it answers no more.
        let isWell = true;
        socket.on("data", (data) => {
          isWell &&= !data.includes("SET");
          if (isWell) socket.write(data.includes("GET") ? "$-1\r\n" : "+PONG\r\n");
        });
        socket.on("end", () => ends.resolve("closed"));
        socket.on("error", ({ code }: NodeJS.ErrnoException) => ends.resolve(String(code)));
      });
      t.after(() => {
        for (const socket of sockets) socket.destroy();
        server.close();
      });
      await once(server, "listening");
      const { store } = openOwn(t, `${scheme}://localhost:${(server.address() as AddressInfo).port}`);
      await connected(store);
      await assert.rejects(store.set("k", "v", null), { code: "STORE_UNAVAILABLE" });
      assert.equal(await within(ends.promise, "the end of the connection"), "ECONNRESET");
    });
});
