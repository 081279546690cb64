import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { before, suite, test, type TestContext } from "node:test";
import { createChain, type Chain } from "../support/certificates.ts";
import { request } from "../support/client.ts";
import { launch, runCli, type Drover, type DroverOptions } from "../support/drover.ts";
import { freePort, temporaryFolder } from "../support/fixture.ts";

const FASTIFY = import.meta.resolve("fastify");
const HANDLER = "(req, res) => res.end(String(Boolean(req.socket.encrypted)))";

async function fails(drover: Drover, says: RegExp, advice: RegExp): Promise<void> {
  assert.deepEqual(await drover.exit, { code: 3, signal: null });
  assert.match(drover.log.tail(), /TLS_NOT_SERVED/);
  assert.match(drover.log.tail(), says);
  assert.match(drover.log.tail(), advice);
  assert.deepEqual(drover.log.events("ready"), []);
}

suite("where TLS is configured", () => {
  let chain: Chain;
  before(async () => {
    chain = await createChain({ names: ["localhost", "127.0.0.1"] });
  });

  interface Site {
    readonly entry: string;
    readonly flags: readonly string[];
    readonly clientFlags: readonly string[];
  }

  function site(t: TestContext, source: string): Site {
    const file = (name: string, text: string): string => {
      const path = join(folder, name);
      writeFileSync(path, text);
      return path;
    };
    const folder = temporaryFolder(t);
    const flags = ["--tls-cert", file("cert.pem", chain.cert), "--tls-key", file("key.pem", chain.key)];
    const clientFlags = ["--tls-client-cert", "require", "--tls-client-ca", file("root.pem", chain.root)];
    return { entry: file("app.mjs", source), flags, clientFlags };
  }

  function run(t: TestContext, { entry, flags }: Site, options: DroverOptions = {}): Drover {
    return launch(t, entry, { workers: 1, ...options, flags: [...flags, ...(options.flags ?? [])] });
  }

  test("an app that listens elsewhere in plain HTTP does not start", async (t) => {
    const [port, wanted] = [await freePort(), await freePort()];
    const app = site(t, `import http from "node:http"; http.createServer(${HANDLER}).listen(${port}, "127.0.0.1");`);
    const says = new RegExp(`on port ${wanted}, with TLS, got plain HTTP on 127.0.0.1:${port}`);
    await fails(run(t, app, { port: wanted }), says, /process\.env\.PORT/);
  });

  const plain: readonly (readonly [title: string, source: string])[] = [
    ["an http2 server", `import http2 from "node:http2"; export default http2.createServer(${HANDLER});`],
    ["an http2 server that listens", `import http2 from "node:http2"; http2.createServer().listen(process.env.PORT);`],
    ["a Fastify app with http2", `import fastify from "${FASTIFY}"; export default fastify({ http2: true });`],
  ];
  for (const [title, source] of plain) {
    test(`${title} without TLS does not start`, async (t) => {
      const port = await freePort();
      await fails(run(t, site(t, source), { port }), new RegExp(`TLS on port ${port}, got plain HTTP/2`), /by itself/);
      assert.equal((await request({ port })).outcome, "refused");
    });
  }

  test("an app whose own TLS server asks clients for no certificate does not start where Drover is to", async (t) => {
    const source = `import https from "node:https"; import { readFileSync } from "node:fs";
      const read = (name) => readFileSync(new URL(name, import.meta.url));
      https.createServer({ key: read("key.pem"), cert: read("cert.pem") }, ${HANDLER}).listen(process.env.PORT);`;
    const app = site(t, source);
    const drover = run(t, app, { port: await freePort(), flags: app.clientFlags });
    await fails(drover, /got a TLS server of the app's own/, /tls\.clientCert are not for it/);
  });

  test("the app's own address may come after another", async (t) => {
    const port = await freePort();
    const source = `import http from "node:http";
      http.createServer(${HANDLER}).listen(0, "127.0.0.1");
      setTimeout(() => http.createServer(${HANDLER}).listen(process.env.PORT), 300);`;
    const drover = run(t, site(t, source), { port });
    await drover.log.event("ready");
    assert.equal((await request({ port, ca: chain.root })).response?.body.toString(), "true");
  });

  test("an app that gives up what it exports for another address in plain HTTP does not stay", async (t) => {
    const port = await freePort();
    const source = `import http from "node:http"; export default ${HANDLER};
      setTimeout(() => http.createServer(${HANDLER}).listen(${port}, "127.0.0.1"), 300);`;
    const drover = run(t, site(t, source), { port: await freePort() });
    const { msg, error } = await drover.log.event("worker-leaving");
    assert.match(String(msg), /uncaught error/);
    assert.equal((error as { readonly code?: string }).code, "TLS_NOT_SERVED");
  });

  test("and no address is named, the first server gets it, and the log names both", async (t) => {
    const [metrics, shop] = [await freePort(), await freePort()];
    const source = `import http from "node:http"; const server = () => http.createServer(${HANDLER});
      server().listen(${metrics}, "127.0.0.1", () => server().listen(${shop}, "127.0.0.1"));`;
    const { entry, flags } = site(t, source);
    const words = ["start", entry, "-w", "1", "--log-format", "json", ...flags];
    const drover = runCli(t, words, { cwd: dirname(entry) });
    await drover.log.event("ready");
    const { level, msg } = await drover.log.event("listening", ({ protocol }) => protocol === "http");
    assert.equal(level, "warn");
    assert.match(String(msg), new RegExp(`http://127.0.0.1:${shop}, without TLS: .* https://127.0.0.1:${metrics},`));
    assert.match(String(msg), new RegExp(`--port ${shop}$`));
  });
});
