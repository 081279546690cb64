import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { suite, test } from "node:test";
import type { WrittenAddress } from "../../../src/config/address.ts";
import { renderLocation } from "../../../src/deploy/nginx/location.ts";
import { renderUpstream } from "../../../src/deploy/nginx/upstream.ts";
import { request } from "../../support/client.ts";
import { matchGolden } from "../../support/golden.ts";
import { startNginx } from "../../support/nginx.ts";
import { CERT, complaintsOf, KEY, onPorts, onThisMachine, rendered, withCertificate } from "./rendered.ts";

type Row = readonly [golden: string, file: Readonly<Record<string, unknown>>, own: Readonly<Record<string, unknown>>];

const domain = ["shop.example", "www.shop.example"];
const rows: readonly Row[] = [
  ["nginx", {}, {}],
  ["nginx-unix", { listen: "unix:/run/shop/web.sock" }, { domain }],
  ["nginx-per-slot", { host: "::1", port: 4000, workers: 3, perSlot: true }, { domain }],
  ["nginx-per-slot-unix", { listen: "unix:/run/shop/web.sock", workers: 2, perSlot: true }, { domain }],
  ["nginx-machines", {}, { domain, server: ["10.0.0.1:3000", "[2001:db8::2]:3000", "localhost:3000"] }],
  ["nginx-https", {}, { domain, cert: CERT, key: KEY }],
  ["nginx-to-https", { tls: { mode: "dev" } }, { domain, cert: CERT, key: KEY, nginxPort: "8443" }],
  ["nginx-split", { name: "@acme/Shop", timeouts: { keepAlive: "5s", request: 0 } }, { splitUpstream: true }],
];

suite("the files of drover deploy nginx", () => {
  for (const [golden, file, own] of rows) {
    test(`are those of golden/${golden}, and nginx takes them without a word`, async (t) => {
      const { files } = await rendered(t, file, own);
      matchGolden(golden, files);
      const site = await onThisMachine(t, files.map(({ text }) => text).join("\n"));
      assert.equal(complaintsOf(t, site), "");
    });
  }

  test("of two apps can be there together", async (t) => {
    const names = ["shop", "Shop", "the shop", "the-shop", "@the/shop", "$http"];
    const sites = await Promise.all(
      names.map(async (name, index) => rendered(t, { name, port: 3000 + index }, { domain: [`s${index}.example`] })),
    );
    const texts = sites.flatMap(({ files }) => files.map(({ text }) => text)).join("\n");
    assert.equal(complaintsOf(t, await onThisMachine(t, texts)), "");
  });

  test("send plain HTTP on to HTTPS, with its path and query", async (t) => {
    const { files } = await rendered(t, {}, { domain, cert: CERT, key: KEY });
    const text = await withCertificate(t, files[0]?.text ?? "");
    const nginx = await startNginx(t, (port) => onPorts(text, port));
    if (nginx === undefined) return;
    const { response } = await request({ port: nginx.port }, { path: "/a?b=c", headers: { host: "www.shop.example" } });
    assert.deepEqual([response?.status, response?.headers.get("location")], [301, "https://www.shop.example/a?b=c"]);
  });

  test("pass a WebSocket's upgrade on, and no other", async (t) => {
    const app = createServer((_, response) => response.end());
    app.on("upgrade", (_, socket) => socket.end("HTTP/1.1 426 Upgrade Required\r\nContent-Length: 0\r\n\r\n"));
    app.listen(0, "127.0.0.1");
    await once(app, "listening");
    t.after(() => app.close());
    const { files } = await rendered(t, { host: "127.0.0.1", port: (app.address() as AddressInfo).port }, {});
    const nginx = await startNginx(t, (port) => onPorts(files[0]?.text ?? "", port));
    if (nginx === undefined) return;
    const statuses = [["h2c"], ["websocket"], ["WebSocket"], []].map(async ([upgrade]) => {
      const headers = upgrade === undefined ? {} : { connection: "Upgrade", upgrade };
      return (await request({ port: nginx.port }, { headers })).response?.status;
    });
    assert.deepEqual(await Promise.all(statuses), [200, 426, 426, 200]);
  });

  test("come with what this app needs to know", async (t) => {
    const long = `${"a".repeat(50)}.example`;
    const guessed = await rendered(t, {}, { domain: [long] });
    assert.match(guessed.next.join("\n"), /^Its address: +port 3000, as nothing says otherwise/m);
    assert.match(guessed.next.join("\n"), /server_names_hash_bucket_size 128;/);
    const told = await rendered(t, { port: 3000, host: "127.0.0.1", trustProxy: "loopback" }, { domain });
    const steps = [
      "Start the app:  drover start",
      "Tell nginx:     put shop.conf into /etc/nginx/conf.d/, then: nginx -t && nginx -s reload",
    ];
    assert.deepEqual(told.next, steps);
  });

  const idle: readonly (readonly [keepAlive: number, seconds: string])[] = [
    [65_000, "1s"],
    [0, "1s"],
    [2000, "1s"],
    [1500, "750ms"],
    [1, "1ms"],
  ];
  for (const [keepAlive, written] of idle) {
    test(`let nginx keep an idle connection ${written} where the app does for ${keepAlive} ms`, () => {
      const text = renderUpstream({
        app: "shop",
        shape: "one",
        servers: [{ kind: "tcp", host: null, port: 1 }],
        keepAlive,
      });
      assert.match(text, new RegExp(`^ {2}keepalive_timeout ${written};$`, "m"));
    });
  }

  const again: readonly (readonly [address: WrittenAddress, servers: readonly [string, string]])[] = [
    [{ kind: "tcp", host: null, port: 3000 }, ["127.0.0.1:3000", "[::ffff:127.0.0.1]:3000"]],
    [{ kind: "tcp", host: "10.0.0.1", port: 3000 }, ["10.0.0.1:3000", "[::ffff:10.0.0.1]:3000"]],
    [{ kind: "tcp", host: "::1", port: 3000 }, ["[::1]:3000", "[::1]:3000"]],
    [{ kind: "tcp", host: "shop.internal", port: 3000 }, ["shop.internal:3000", "shop.internal:3000"]],
    [{ kind: "unix", path: "/run/web.sock" }, ["unix:/run/web.sock", "unix:/run/./web.sock"]],
  ];
  for (const [address, [first, second]] of again) {
    const isSame = first === second;
    test(`list ${first} of this machine as a backup of itself, ${isSame ? "as it is" : "in other words"}, and say so`, () => {
      const upstream = { app: "shop", servers: [address], keepAlive: 0 };
      const note = !isSame && second.startsWith("[") ? " # on a machine without IPv6 take this line out" : "";
      const lines = `  server ${first} max_fails=0;\n  server ${second} max_fails=0 backup;${note}\n`;
      const text = renderUpstream({ ...upstream, shape: "one" });
      assert.ok(text.includes(lines));
      assert.ok(text.includes(`# The backup is the same address ${isSame ? "again" : "in other words"}`));
      assert.ok(renderUpstream({ ...upstream, shape: "slots" }).includes(lines));
      assert.doesNotMatch(renderUpstream({ ...upstream, shape: "machines" }), /backup/);
    });
  }

  test("say how an app that asks for certificates gets one", () => {
    const site = { app: "shop", port: null, timeouts: { request: 60_000 } };
    assert.match(renderLocation({ ...site, tls: { clientCert: "require" } }), /# proxy_ssl_certificate /);
    assert.doesNotMatch(renderLocation({ ...site, tls: { clientCert: "none" } }), /# proxy_ssl_certificate /);
  });
});
