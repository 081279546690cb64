import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { connect, type Socket } from "node:net";
import { suite, test, type TestContext } from "node:test";
import { writeCertificate } from "../support/certificate-files.ts";
import { createSelfSigned } from "../support/certificates.ts";
import { request } from "../support/client.ts";
import { start } from "../support/drover.ts";
import { app, temporaryFolder } from "../support/fixture.ts";
import { LONG } from "../support/reliability.ts";
import { until, within } from "../support/wait.ts";

const CONNECTIONS = LONG ? 2_000 : 500;
/** Of a ClientHello that never comes whole: a record of 512 bytes, of which there are six. */
const HALF_A_HELLO = Buffer.of(22, 3, 1, 2, 0, 1, 0, 1, 252, 3, 3);

/** A TLS site of one worker, and a way to ask it. */
async function site(t: TestContext, headers: string) {
  const certificate = await createSelfSigned({ names: ["localhost"] });
  const { cert, key } = writeCertificate(temporaryFolder(t), certificate);
  const flags = ["--tls-cert", cert, "--tls-key", key, "--headers-timeout", headers];
  const drover = await start(t, app("http.js"), { workers: 1, flags });
  const pid = drover.workers().get(1);
  const isServed = async (): Promise<void> => {
    for (const http2 of [false, true]) {
      const { response } = await request({ port: drover.port, ca: certificate.cert, http2 });
      const answer = JSON.parse(response?.body.toString() ?? "{}") as { readonly pid?: number };
      assert.equal(answer.pid, pid, "the worker lives and answers");
    }
  };
  const knock = (bytes: Buffer): { readonly socket: Socket; readonly closed: Promise<void> } => {
    const socket = connect(drover.port, "127.0.0.1").on("error", () => undefined);
    t.after(() => socket.destroy());
    if (bytes.length > 0) socket.write(bytes);
    return { socket, closed: new Promise((resolve) => void socket.resume().once("close", () => resolve())) };
  };
  return { isServed, knock };
}

suite("at the port of TLS", () => {
  test("what is no TLS ends its connection, and nothing else", async (t) => {
    const { isServed, knock } = await site(t, "5s");
    const pieces = [
      Buffer.from("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"),
      Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
      Buffer.from("SSH-2.0-OpenSSH_9.6\r\n"),
      Buffer.concat([Buffer.of(22, 3, 1, 255, 255), randomBytes(70_000)]),
      Buffer.concat([Buffer.of(22, 3, 1, 0, 200), randomBytes(200)]),
      Buffer.alloc(100_000),
      ...Array.from({ length: 100 }, () => Buffer.concat([Buffer.of(0), randomBytes(1_000)])),
    ];
    const knocks = pieces.map((bytes) => knock(bytes).closed);
    await isServed();
    await within(Promise.all(knocks), "the end of all their connections");
    await isServed();
  });

  test(`${CONNECTIONS} connections without a handshake end by the timeout of headers; others are served meanwhile`, async (t) => {
    const { isServed, knock } = await site(t, "5s");
    const knocks = Array.from({ length: CONNECTIONS }, (_, index) =>
      knock(index % 2 === 0 ? Buffer.alloc(0) : HALF_A_HELLO),
    );
    await until(() => knocks.every(({ socket }) => !socket.connecting), "their connections", 30_000);
    await isServed();
    await within(Promise.all(knocks.map(({ closed }) => closed)), "the end of all their connections", 60_000);
    await isServed();
  });
});
