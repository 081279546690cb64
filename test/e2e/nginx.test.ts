import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdirSync } from "node:fs";
import { get } from "node:http";
import { dirname, join } from "node:path";
import { json } from "node:stream/consumers";
import { suite, test, type TestContext } from "node:test";
import { writeCertificate } from "../support/certificate-files.ts";
import { createSelfSigned } from "../support/certificates.ts";
import { bodyOf, connect, request, type Target } from "../support/client.ts";
import { start } from "../support/drover.ts";
import { startExchange } from "../support/exchange.ts";
import { app, temporaryFolder } from "../support/fixture.ts";
import { startNginx, type Nginx } from "../support/nginx.ts";
import { until } from "../support/wait.ts";
import { startWebSockets } from "../support/ws-client.ts";

const entry = app("behind-nginx.js");
/** Where the rendered file has nginx listen, until the test's nginx has found a port. */
const NGINX_PORT = "65535";

interface Behind extends Nginx {
  readonly target: Target;
}

interface Who {
  readonly ip?: string;
  readonly protocol: string;
  readonly host: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly connection: string;
}

/** A running Drover behind a real nginx, whose config is what the verb prints for it. `undefined`: there is no nginx. */
async function behind(
  t: TestContext,
  flags: readonly string[],
  own: readonly string[] = [],
): Promise<Behind | undefined> {
  const drover = await start(t, entry, { flags: [...flags, "--trust-proxy", "loopback"] });
  const port = drover.port === 0 ? [] : ["-p", String(drover.port)];
  const words = ["deploy", "nginx", entry, "-w", "2", ...port, ...flags, ...own];
  const { stdout, stderr } = await drover.verb(...words, "--print", "--nginx-port", NGINX_PORT);
  assert.match(stdout, /^server \{$/m, stderr);
  const nginx = await startNginx(t, (port) => stdout.replaceAll(NGINX_PORT, String(port)));
  return nginx && Object.assign(nginx, { target: { port: nginx.port } });
}

/** In a folder of its own, below one with all that a path may have. */
function socketIn(t: TestContext): string {
  const path = join(temporaryFolder(t), 'a "b" $c;{d}#', "web.sock");
  mkdirSync(dirname(path));
  return `unix:${path}`;
}

const shapes: Readonly<Record<string, (t: TestContext) => readonly string[]>> = {
  "one port": () => ["-H", "127.0.0.1"],
  "one unix socket": (t) => ["--listen", socketIn(t)],
  "a unix socket for each worker": (t) => ["--per-slot", "--listen", socketIn(t)],
};

const forged = {
  "x-forwarded-for": "6.6.6.6",
  "x-forwarded-host": "evil.example",
  "x-forwarded-port": "1",
  "x-forwarded-prefix": "/evil",
  "x-forwarded-proto": "https",
  "x-real-ip": "6.6.6.6",
  "x-request-id": "forged",
  forwarded: "for=6.6.6.6",
};

/** As a client of another address than nginx's own. */
async function askFrom(localAddress: string, port: number): Promise<Who> {
  const headers = { host: `shop.example:${port}`, ...forged };
  const asked = get({ localAddress, host: "127.0.0.1", port, path: "/who", headers, agent: false });
  const [answer] = await once(asked, "response");
  return (await json(answer)) as Who;
}

/** As nginx has seen it, whatever the client says of itself. */
async function seesItsClients({ port }: Behind): Promise<void> {
  const who = await askFrom("127.0.0.2", port);
  const { headers } = who;
  assert.deepEqual([who.ip, who.protocol, who.host], ["127.0.0.2", "http", `shop.example:${port}`]);
  assert.deepEqual([headers["x-forwarded-for"], headers["x-real-ip"]], ["127.0.0.2", "127.0.0.2"]);
  assert.deepEqual([headers["x-forwarded-proto"], headers["x-forwarded-port"]], ["http", String(port)]);
  assert.deepEqual([headers["host"], headers["x-forwarded-host"]], [`shop.example:${port}`, `shop.example:${port}`]);
  assert.match(headers["x-request-id"] ?? "", /^[0-9a-f]{32}$/);
  assert.deepEqual(
    [headers["x-forwarded-prefix"], headers["forwarded"], headers["connection"]],
    [undefined, undefined, undefined],
  );
}

async function servesAll(t: TestContext, { target }: Behind): Promise<void> {
  const body = randomBytes(1024 * 1024);
  const posted = await request(target, { path: "/digest", body });
  assert.equal(posted.response?.body.toString(), createHash("sha256").update(body).digest("hex"), posted.error);

  let events = "";
  const stream = startExchange(target, { path: "/events", onBody: (piece) => (events += piece.toString()) });
  await until(() => events === "data: first\n\n", "the first event of a stream that goes on");
  stream.finish("closed");

  const sockets = startWebSockets(t, target, { count: 2, pauseMs: 1 });
  await until(() => sockets.open === 2, "two WebSockets that echo");
  assert.deepEqual(await sockets.stop(), []);
}

async function keepsAndRetries(t: TestContext, { target }: Behind): Promise<void> {
  const asked: Who[] = [];
  for (let count = 0; count < 20; count += 1) asked.push(bodyOf(await request(target, { path: "/who" })) as Who);
  const connections = new Set(asked.map(({ connection }) => connection));
  assert.ok(connections.size <= 2, [...connections].join(", "));

  const folder = temporaryFolder(t);
  const died = await request(target, { path: `/deadly-once?mark=${join(folder, "get")}` });
  assert.deepEqual([died.response?.status, died.response?.body.toString()], [200, "survived"]);
  const lost = await request(target, { path: `/deadly-once?mark=${join(folder, "post")}`, body: Buffer.from("a") });
  assert.equal(lost.response?.status, 502);
}

suite("an app behind nginx as drover deploy nginx sets it up", () => {
  for (const [shape, flagsOf] of Object.entries(shapes)) {
    test(`on ${shape} sees its clients, serves all they ask for, and is asked again for what a worker took with it`, async (t) => {
      const nginx = await behind(t, flagsOf(t));
      if (nginx === undefined) return;
      await seesItsClients(nginx);
      await servesAll(t, nginx);
      await keepsAndRetries(t, nginx);
    });
  }

  test("on HTTPS from the client to nginx and from nginx to the app", async (t) => {
    const certificate = await createSelfSigned();
    const { cert, key } = writeCertificate(temporaryFolder(t), certificate);
    const nginx = await behind(t, ["--tls", "dev"], ["--cert", cert, "--key", key, "--domain", "localhost"]);
    if (nginx === undefined) return;
    for (const http2 of [false, true]) {
      const client = connect({ port: nginx.port, ca: certificate.cert, http2 });
      const who = bodyOf(await client.request({ path: "/who" })) as Who;
      client.close();
      assert.deepEqual([who.ip, who.protocol], ["127.0.0.1", "https"]);
    }
  });
});
