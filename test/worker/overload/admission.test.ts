import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type RequestListener, type Server } from "node:http";
import { connect, type AddressInfo, type Socket } from "node:net";
import { suite, test, type TestContext } from "node:test";
import { Admission } from "../../../src/worker/overload/admission.ts";
import { request } from "../../support/client.ts";
import { until } from "../../support/wait.ts";

const CAP = 2;

interface Capped {
  readonly server: Server;
  readonly admission: Admission;
  readonly port: number;
  /** What it has asked for. */
  readonly asked: string[];
  /** Sends these lines on a connection of its own and leaves it open. */
  readonly send: (...lines: readonly string[]) => Promise<Socket>;
}

/** A server that lets two requests at once through, in this process. */
async function capped(t: TestContext, app: RequestListener): Promise<Capped> {
  const asked: string[] = [];
  const wantsMore = (): void => {
    asked.push("wants more");
    admission.reopened();
  };
  const admission = new Admission(CAP, { full: () => void asked.push("full"), wantsMore });
  const server = createServer(app);
  admission.watch(server);
  await once(server.listen(0, "127.0.0.1"), "listening");
  const { port } = server.address() as AddressInfo;
  const clients: Socket[] = [];
  t.after(() => {
    for (const client of clients) client.destroy();
    server.close();
    server.closeAllConnections();
  });
  const send = async (...lines: readonly string[]): Promise<Socket> => {
    const client = connect(port, "127.0.0.1").on("error", () => undefined);
    clients.push(client);
    await once(client, "connect");
    if (lines.length > 0) client.write(`${lines.join("\r\n")}\r\n\r\n`);
    return client;
  };
  return { server, admission, port, asked, send };
}

async function statusOf(client: Socket): Promise<string> {
  const [data] = (await once(client, "data")) as [Buffer];
  return data.toString().slice(0, "HTTP/1.1 200".length);
}

suite("the cap of a worker", () => {
  test("is reached by connections whose requests may still come, but not by those that stay silent", async (t) => {
    const { send, asked } = await capped(t, (_request, response) => response.end());
    for (const cycles of [1, 2]) {
      await Promise.all([send(), send()]);
      // Before idle connections are closed, which would make room as well.
      await until(() => asked.length === 2 * cycles, "the end of its patience", 4_000);
      assert.deepEqual(asked.slice(-2), ["full", "wants more"]);
      assert.equal(await statusOf(await send("GET / HTTP/1.1", "Host: localhost")), "HTTP/1.1 200");
    }
  });

  test("is not reached by connections that were upgraded", async (t) => {
    const { server, send, asked } = await capped(t, (_request, response) => response.end());
    server.on("upgrade", (_request, socket) => socket.write("HTTP/1.1 101 Switching Protocols\r\n\r\n"));
    const upgrade = ["GET / HTTP/1.1", "Host: localhost", "Connection: upgrade", "Upgrade: chat"];
    for (let count = 0; count < 2 * CAP; count += 1)
      assert.equal(await statusOf(await send(...upgrade)), "HTTP/1.1 101");
    assert.deepEqual(asked, []);
  });

  test("counts a request once that the app emits again", async (t) => {
    let atWork = 0;
    const { server, send } = await capped(t, ({ url }, response) => {
      atWork += 1;
      if (url !== "/stuck") response.end();
    });
    server.on("checkContinue", (request, response) => server.emit("request", request, response));
    await send("GET /stuck HTTP/1.1", "Host: localhost");
    await until(() => atWork === CAP - 1, "one below the cap");
    const waits = ["POST / HTTP/1.1", "Host: localhost", "Content-Length: 0", "Expect: 100-continue"];
    assert.equal(await statusOf(await send(...waits)), "HTTP/1.1 200");
  });

  test("is given back when a client with pipelined requests goes", async (t) => {
    let atWork = 0;
    const { send } = await capped(t, ({ url }, response) => {
      atWork += 1;
      response.once("close", () => (atWork -= 1));
      if (url !== "/stuck") response.end();
    });
    const stuck = "GET /stuck HTTP/1.1\r\nHost: localhost";
    for (let round = 0; round < CAP; round += 1) {
      const client = await send(stuck, "", stuck);
      await until(() => atWork >= 2, "both requests");
      client.destroy();
      await once(client, "close");
      atWork = 0;
    }
    assert.equal(await statusOf(await send("GET / HTTP/1.1", "Host: localhost")), "HTTP/1.1 200");
  });

  test("refuses an upload that has not arrived, and its client hears it", async (t) => {
    let atWork = 0;
    const { port, send } = await capped(t, () => void (atWork += 1));
    await Promise.all([1, 2].map(() => send("GET / HTTP/1.1", "Host: localhost")));
    await until(() => atWork === CAP, "the cap");
    const client = connect(port, "127.0.0.1");
    t.after(() => client.destroy());
    const body = Buffer.alloc(20_000_000);
    client.write(`POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${body.length}\r\n\r\n`);
    // Like many a client it looks for the answer only when all is sent.
    await new Promise<void>((resolve, reject) => client.write(body, (error) => (error ? reject(error) : resolve())));
    assert.equal(await statusOf(client), "HTTP/1.1 503");
  });

  test("is nobody else's affair once the worker leaves", async (t) => {
    let atWork = 0;
    const { admission, port, send, asked } = await capped(t, () => void (atWork += 1));
    admission.leave();
    await Promise.all([1, 2].map(() => send("GET / HTTP/1.1", "Host: localhost")));
    await until(() => atWork === CAP, "the cap");
    assert.equal((await request({ port })).response?.status, 503);
    assert.deepEqual(asked, []);
  });
});
