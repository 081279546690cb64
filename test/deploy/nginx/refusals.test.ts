import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { renderUpstream } from "../../../src/deploy/nginx/upstream.ts";
import { AppError } from "../../../src/errors.ts";
import { rendered } from "./rendered.ts";

interface Row {
  readonly file?: Readonly<Record<string, unknown>>;
  readonly own?: Readonly<Record<string, unknown>>;
  readonly flags?: Readonly<Record<string, unknown>>;
  readonly code: string;
  readonly message: RegExp;
}

const rows: Readonly<Record<string, Row>> = {
  "a machine without a port": {
    own: { server: ["10.0.0.1"] },
    code: "USAGE",
    message: /--server: expected HOST:PORT, got "10.0.0.1"/,
  },
  "a port without a machine": { own: { server: ["3000"] }, code: "USAGE", message: /--server: .* got "3000"/ },
  "a machine with port 0": { own: { server: ["a:0"] }, code: "USAGE", message: /--server: .* got "a:0"/ },
  "an entry taken for a machine": { own: { server: ["a:1", "app.js"] }, code: "USAGE", message: /got "app.js"/ },
  "a machine that nginx cannot read": {
    own: { server: ["a;b:1"] },
    code: "ADDRESS_INVALID",
    message: /host name .* got "a;b"/,
  },
  "an IPv6 address with a zone": {
    flags: { host: "fe80::1%eth0" },
    code: "ADDRESS_INVALID",
    message: /got "fe80::1%eth0"/,
  },
  "a unix path too long for the kernel": {
    flags: { listen: [`unix:/${"x".repeat(120)}`] },
    code: "ADDRESS_INVALID",
    message: /at most 107 bytes/,
  },
  "a certificate without its key": {
    own: { cert: "c.pem" },
    code: "USAGE",
    message: /--cert and --key together, got --cert alone/,
  },
  "a key without its certificate": { own: { key: "k.pem" }, code: "USAGE", message: /together, got --key alone/ },
  "a certificate whose path nginx would change": {
    own: { cert: "$x.pem", key: "k" },
    code: "USAGE",
    message: /without \$ .* got "\/srv\/shop\/\$x.pem"/,
  },
  "a domain that is none": { own: { domain: ["a b"] }, code: "USAGE", message: /--domain: expected a name, got "a b"/ },
  "a domain that begins with a dash": {
    own: { domain: ["--print"] },
    code: "USAGE",
    message: /--domain: expected a name, got "--print"/,
  },
  "the entry among the domains": {
    own: { domain: ["shop.example", "server.js"] },
    code: "USAGE",
    message: /--domain: expected a name, got "server.js"/,
  },
  "a port of nginx that is none": {
    own: { nginxPort: "65536" },
    code: "USAGE",
    message: /--nginx-port: .* got "65536"/,
  },
  "an app that serves nothing": {
    file: { listen: false },
    code: "CONFIG_INVALID",
    message: /drover.config.json, listen: expected an app that serves/,
  },
  "an app that serves nothing by a flag": {
    flags: { listen: false },
    code: "USAGE",
    message: /flag --no-listen, listen: expected an app that serves/,
  },
  "a port that is any free one": {
    flags: { port: "0" },
    code: "USAGE",
    message: /flag --port, port: expected a port that nginx can know/,
  },
  "an address with port 0": {
    file: { listen: "127.0.0.1:0" },
    code: "CONFIG_INVALID",
    message: /listen: expected a port that nginx can know/,
  },
  "an app on nginx's own port": {
    flags: { port: "80" },
    code: "USAGE",
    message: /port: expected another port than nginx's own, got 80/,
  },
  "a slot on nginx's own port": {
    file: { port: 8080, workers: 4, perSlot: true },
    own: { nginxPort: "8082" },
    code: "CONFIG_INVALID",
    message: /got 8082/,
  },
  "a redirect on nginx's own port": {
    file: { tls: { mode: "dev", redirect: 80 } },
    code: "CONFIG_INVALID",
    message: /tls.redirect: expected another port/,
  },
};

suite("drover deploy nginx refuses", () => {
  for (const [title, { file = {}, own = {}, flags = {}, code, message }] of Object.entries(rows)) {
    test(title, async (t) => {
      await assert.rejects(rendered(t, file, own, flags), (error) => {
        assert.ok(error instanceof AppError, String(error));
        assert.equal(error.code, code);
        assert.match(error.message, message);
        assert.ok(error.hint || code === "USAGE");
        return true;
      });
    });
  }

  test("no port of the app's that is nginx's on another machine", async (t) => {
    const { files } = await rendered(t, { port: 80 }, { server: ["10.0.0.1:80"] });
    assert.match(files[0]?.text ?? "", /server 10\.0\.0\.1:80 max_fails=3 fail_timeout=2s;/);
  });

  test("no way to write an IPv6 address, and writes it so that nginx reads it", () => {
    const servers = [{ kind: "tcp", host: "7:b06:a78:e026:c:0:710::", port: 1 }] as const;
    const text = renderUpstream({ app: "shop", shape: "machines", servers, keepAlive: 0 });
    assert.match(text, /server \[7:b06:a78:e026:c:0:710:0\]:1 /);
  });
});
