import assert from "node:assert/strict";
import { once } from "node:events";
import type { Http2Session } from "node:http2";
import { Socket } from "node:net";
import type { TLSSocket } from "node:tls";
import { inspect } from "node:util";
import type { Request, Response } from "express";
import { over, overBoth } from "../../support/express-over.ts";

overBoth("the socket of a request tells of its connection", async ({ express, protocol, serve }) => {
  const app = express();
  app.get("/", (req, res) => {
    const socket = req.socket as TLSSocket;
    const { encrypted, authorized, remoteFamily, localAddress, readable, writable, destroyed } = socket;
    const { alpnProtocol, servername } = socket as TLSSocket & { servername: string };
    const kinds = [socket instanceof Socket, req.connection === socket, res.connection === socket];
    const peer = socket.getPeerCertificate();
    const seen = inspect(req).length > 0;
    const state = { readable, writable, destroyed, seen, missing: "missing" in socket };
    res.json({ encrypted, authorized, remoteFamily, localAddress, alpnProtocol, servername, kinds, peer, state });
  });
  const visitor = await serve(app);
  assert.deepEqual(JSON.parse((await visitor.ask("/")).text), {
    encrypted: true,
    authorized: false,
    remoteFamily: "IPv4",
    localAddress: "127.0.0.1",
    alpnProtocol: protocol === "HTTP/2" ? "h2" : "http/1.1",
    servername: "localhost",
    kinds: [true, true, true],
    peer: {},
    state: { readable: true, writable: true, destroyed: false, seen: true, missing: false },
  });
});

overBoth("what an app notes on a connection is there for its next request", async ({ express, serve }) => {
  const app = express();
  app.get("/", (req, res) => {
    const noted = req.socket as Socket & { count?: number };
    noted.count = (noted.count ?? 0) + 1;
    res.send(String(noted.count));
  });
  const visitor = await serve(app);
  assert.equal((await visitor.ask("/")).text, "1");
  assert.equal((await visitor.ask("/")).text, "2");
});

function removed(): void {
  assert.fail("was removed");
}

over("HTTP/2", "the events of a socket are those of one exchange", async ({ express, serve }) => {
  const app = express();
  const asked = Promise.withResolvers<readonly [Request, Response]>();
  app.get("/held", (req, res) => asked.resolve([req, res]));
  app.get("/", (_req, res) => void res.send("served"));
  const visitor = await serve(app);
  const { abort } = visitor.begin("/held");
  const [req] = await asked.promise;
  const closed = once(req.socket, "close");
  assert.equal(req.socket.on("close", removed).off("close", removed), req.socket);
  abort();
  await closed;
  assert.equal(req.socket.destroyed, true);
  assert.equal((await visitor.ask("/")).text, "served");
});

over("HTTP/2", "bytes of HTTP/1 cannot be written past the response", async ({ express, serve }) => {
  const app = express();
  app.get("/", (req) => void req.socket.write("HTTP/1.1 200 OK\r\n\r\n"));
  const { text } = await (await serve(app)).ask("/");
  assert.match(text, /ERR_HTTP2_NO_SOCKET_MANIPULATION|HTTP\/2 sockets should not be directly manipulated/);
});

over("HTTP/2", "a socket whose connection is gone answers undefined", async ({ express, serve }) => {
  const app = express();
  const asked = Promise.withResolvers<readonly [Request, Response]>();
  app.get("/held", (req, res) => asked.resolve([req, res]));
  const visitor = await serve(app);
  visitor.begin("/held");
  const [req, res] = await asked.promise;
  const closed = once(res, "close");
  visitor.close();
  await closed;
  const socket = req.socket as Socket & { note?: string };
  const { session } = socket as unknown as { session: Http2Session };
  if (!session.destroyed) await once(session, "close");
  socket.note = "dropped";
  assert.deepEqual([socket.remoteAddress, socket.note, req.ip], [undefined, undefined, undefined]);
});
