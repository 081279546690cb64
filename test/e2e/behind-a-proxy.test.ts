import assert from "node:assert/strict";
import { once } from "node:events";
import { request as requestHttp, type IncomingMessage } from "node:http";
import { connect as connectHttp2 } from "node:http2";
import { request as requestHttps } from "node:https";
import { connect as connectTcp, type Socket } from "node:net";
import { join } from "node:path";
import { json } from "node:stream/consumers";
import { suite, test, type TestContext } from "node:test";
import { connect as connectTls } from "node:tls";
import { WebSocket } from "ws";
import { runCli, start, type DroverOptions, type ReadyDrover } from "../support/drover.ts";
import { app, temporaryFolder } from "../support/fixture.ts";
import { startNginx } from "../support/nginx.ts";
import { within } from "../support/wait.ts";

type Fields = Readonly<Record<string, string>>;

/** What the fixtures answer: what they take a request for, and what it has told them. */
interface Heard {
  readonly ip: string;
  readonly protocol: string;
  readonly host: string;
  readonly headers: Fields;
  readonly raw: readonly string[];
}

/** What a request is sent by, from where, and to where. */
interface Way {
  readonly by: "HTTP/1.1" | "HTTP/2";
  readonly secure: boolean;
  /** The peer's address, or the unix socket. */
  readonly from: { readonly port: number; readonly localAddress: string } | { readonly path: string };
}

const PROXY = "127.0.0.2";
const STRANGER = "127.0.0.1";

const HOST = "direct.test";

const FORGED: Fields = {
  "x-forwarded-for": "6.6.6.6, 203.0.113.7",
  "x-forwarded-proto": "http, https",
  "x-forwarded-host": "evil.test, shop.test",
  forwarded: "for=6.6.6.6",
  "x-real-ip": "6.6.6.6",
};

const BELIEVED: Fields = {
  "x-forwarded-for": "203.0.113.7",
  "x-forwarded-proto": "https",
  "x-forwarded-host": "shop.test",
  "x-real-ip": "203.0.113.7",
};

const TRUSTED: Heard = {
  ip: "203.0.113.7",
  protocol: "https",
  host: "shop.test",
  headers: BELIEVED,
  raw: linesOf(BELIEVED),
};

/** What is tried, with which flags, and how it can be spoken to. */
const SITES: readonly (readonly [string, entry: string, flags: readonly string[], ...by: Way["by"][]])[] = [
  ["Express, exported", "express.js", ["--http2", "all"], "HTTP/1.1", "HTTP/2"],
  ["Express, exported, over TLS", "express.js", ["--tls", "dev"], "HTTP/1.1", "HTTP/2"],
  ["Koa, which listens", "koa.js", ["--http2", "all"], "HTTP/1.1", "HTTP/2"],
  ["Koa, which listens, behind TLS", "koa.js", ["--tls", "dev"], "HTTP/1.1", "HTTP/2"],
  ["Fastify", "fastify.js", [], "HTTP/1.1"],
  ["Hono", "hono.js", ["--http2", "all"], "HTTP/1.1", "HTTP/2"],
  ["http", "http.js", [], "HTTP/1.1"],
  ["streams of an http2 server", "streams.js", [], "HTTP/2"],
];

suite("behind trusted proxies an app hears of its clients what those say", () => {
  for (const [title, entry, flags, ...protocols] of SITES) {
    test(title, async (t) => {
      const { port } = await site(t, entry, { flags: [...flags, "--trust-proxy", PROXY] });
      const secure = flags.includes("--tls");
      for (const by of protocols) {
        assert.deepEqual(await ask({ by, secure, from: { port, localAddress: PROXY } }), TRUSTED, by);
        const heard = await ask({ by, secure, from: { port, localAddress: STRANGER } });
        assert.match(heard.ip, /^(::ffff:)?127\.0\.0\.1$/);
        assert.deepEqual({ ...heard, ip: "" }, direct(secure, ""));
      }
    });
  }

  test("WebSockets", async (t) => {
    const { port } = await site(t, "http.js", { flags: ["--trust-proxy", PROXY] });
    assert.deepEqual(await greeting(port, PROXY), TRUSTED);
    assert.deepEqual((await greeting(port, STRANGER)).headers, {});
  });

  for (const [title, entry, flags, ...protocols] of SITES.filter(([, entry]) => /express|koa/.test(entry))) {
    test(`${title}, on a unix socket, which is loopback`, async (t) => {
      const path = join(temporaryFolder(t), "app.sock");
      const listen = ["--listen", `unix:${path}`, "--trust-proxy", "loopback"];
      await site(t, entry, { flags: [...flags, ...listen], args: ["loopback"] });
      const secure = flags.includes("--tls");
      for (const by of protocols) {
        assert.deepEqual(await ask({ by, secure, from: { path } }), TRUSTED, by);
        assert.deepEqual(await ask({ by, secure, from: { path } }, {}), direct(secure, "127.0.0.1"), by);
      }
    });
  }

  test("through nginx, whatever its client has sent", async (t) => {
    const { port } = await site(t, "express.js", { flags: ["--trust-proxy", STRANGER] });
    const nginx = await startNginx(
      t,
      (own) => `server {
        listen 127.0.0.1:${own};
        location / {
          proxy_pass http://127.0.0.1:${port};
          proxy_set_header Host $host;
          proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
          proxy_set_header X-Forwarded-Proto $scheme;
          proxy_set_header X-Forwarded-Host $host;
          proxy_set_header Forwarded "";
        }
      }`,
    );
    if (!nginx) return;
    // It leaves X-Real-IP as it was sent.
    const said = {
      "x-forwarded-for": PROXY,
      "x-forwarded-proto": "http",
      "x-forwarded-host": HOST,
      "x-real-ip": PROXY,
    };
    const heard = await ask({ by: "HTTP/1.1", secure: false, from: { port: nginx.port, localAddress: PROXY } });
    assert.deepEqual(heard.headers, said);
    assert.deepEqual([heard.ip, heard.protocol, heard.host], [PROXY, "http", HOST]);
  });

  test("nobody, with none", async (t) => {
    const path = join(temporaryFolder(t), "app.sock");
    await site(t, "express.js", { flags: ["--listen", `unix:${path}`], env: { DROVER_TRUST_PROXY: "none" } });
    const heard = await ask({ by: "HTTP/1.1", secure: false, from: { path } });
    assert.deepEqual(heard.headers, {});
    assert.deepEqual(heard.raw, []);
  });

  test("without the option all arrives as it was sent", async (t) => {
    const { port } = await site(t, "express.js", { flags: ["--http2", "all"] });
    for (const by of ["HTTP/1.1", "HTTP/2"] as const) {
      const heard = await ask({ by, secure: false, from: { port, localAddress: STRANGER } });
      assert.deepEqual(heard.headers, FORGED);
      assert.deepEqual(heard.raw, linesOf(FORGED));
      assert.equal(heard.ip, "6.6.6.6", "which the app asked for");
    }
  });

  test("the access log names the client", async (t) => {
    const flags = ["--http2", "all", "--trust-proxy", "loopback", "--access-log"];
    const { port, log } = await site(t, "express.js", { flags });
    for (const by of ["HTTP/1.1", "HTTP/2"] as const) {
      await ask({ by, secure: false, from: { port, localAddress: PROXY } });
      const isIt = ({ event, protocol }: { event?: string; [key: string]: unknown }): boolean =>
        event === "request" && String(protocol).startsWith(by);
      const line = await log.find(`the request over ${by}`, isIt);
      assert.equal(line["ip"], "203.0.113.7");
    }
  });
});

suite("a wrong list of proxies", () => {
  const WRONG: readonly (readonly [string[], RegExp])[] = [
    [
      ["10.0.0.0/33"],
      /flag --trust-proxy: expected an address, a CIDR such as 10\.0\.0\.0\/8.*, got "10\.0\.0\.0\/33"/,
    ],
    [["none", "loopback"], /flag --trust-proxy: expected none alone, .*, got "none, loopback"/],
  ];
  for (const [list, expected] of WRONG) {
    test(`${list.join(" and ")} keeps Drover from starting`, async (t) => {
      const flags = list.flatMap((one) => ["--trust-proxy", one]);
      const drover = runCli(t, ["start", app("proxied/express.js"), ...flags]);
      assert.equal((await within(drover.exit, "the end")).code, 2);
      assert.match(drover.log.tail(), expected);
    });
  }
});

suite("connections outlive the idle time of a usual proxy", () => {
  for (const entry of ["express.js", "koa.js"]) {
    test(entry, async (t) => {
      const { port } = await site(t, entry);
      const [{ headers }, close] = await answerOf(
        { by: "HTTP/1.1", secure: false, from: { port, localAddress: PROXY } },
        {},
      );
      close();
      assert.equal(headers["keep-alive"], "timeout=65");
    });
  }
});

function site(t: TestContext, entry: string, options: DroverOptions = {}): Promise<ReadyDrover> {
  return start(t, app(`proxied/${entry}`), { workers: 1, ...options });
}

function linesOf(fields: Fields): readonly string[] {
  return Object.entries(fields).map(([name, value]) => `${name}: ${value}`);
}

/** What is heard of somebody who is asked for by no proxy. */
function direct(secure: boolean, ip: string): Heard {
  return { ip, protocol: secure ? "https" : "http", host: HOST, headers: {}, raw: [] };
}

function ask(way: Way, fields = FORGED): Promise<Heard> {
  return within(way.by === "HTTP/2" ? askHttp2(way, fields) : askHttp1(way, fields), `an answer over ${way.by}`);
}

async function askHttp1(way: Way, fields: Fields): Promise<Heard> {
  const [response, close] = await answerOf(way, fields);
  const heard = (await json(response)) as Heard;
  close();
  return heard;
}

async function answerOf({ secure, from }: Way, fields: Fields): Promise<[IncomingMessage, close: () => void]> {
  const where = "path" in from ? { socketPath: from.path } : { host: "127.0.0.1", ...from };
  const options = { ...where, agent: false as const, headers: { host: HOST, connection: "keep-alive", ...fields } };
  const sent = secure ? requestHttps({ ...options, rejectUnauthorized: false }) : requestHttp(options);
  const [response] = (await once(sent.end(), "response")) as [IncomingMessage];
  const { socket } = response;
  return [response, () => void socket.destroy()];
}

async function askHttp2({ secure, from }: Way, fields: Fields): Promise<Heard> {
  const where = "path" in from ? from : { host: "127.0.0.1", ...from };
  const tls = { ...where, ALPNProtocols: ["h2"], rejectUnauthorized: false };
  const createConnection = (): Socket => (secure ? connectTls(tls) : connectTcp(where));
  const session = connectHttp2(`${secure ? "https" : "http"}://${HOST}`, { createConnection });
  try {
    return (await json(session.request({ ":path": "/", ":authority": HOST, ...fields }))) as Heard;
  } finally {
    session.destroy();
  }
}

/** What a WebSocket is told first. */
async function greeting(port: number, localAddress: string): Promise<Heard> {
  const webSocket = new WebSocket(`ws://127.0.0.1:${port}`, { headers: { ...FORGED }, localAddress });
  const [said] = (await within(once(webSocket, "message"), "a WebSocket's first message")) as [Buffer];
  webSocket.terminate();
  return JSON.parse(said.toString()) as Heard;
}
